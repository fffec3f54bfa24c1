package logging

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/logging/apiv2/loggingpb"
	logtype "google.golang.org/genproto/googleapis/logging/type"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/filter"
)

// query is a filter that was read, with what of it says where to look.
type query struct {
	match func(*loggingpb.LogEntry) bool
	must  map[string]string // fields that have one value
	since time.Time         // nothing older is wanted
	need  int               // so many of the newest are enough; 0 = all are wanted
}

func parse(text string) (query, error) {
	match, all, err := filter.Parse(text, compare)
	q := query{match: match, must: map[string]string{}}
	for _, c := range all {
		switch {
		case c.Op == "=":
			q.must[c.Field] = c.Value
		case c.Field == "timestamp" && strings.HasPrefix(c.Op, ">"):
			if t, err := at(c.Value); err == nil && t.After(q.since) {
				q.since = t
			}
		}
	}
	return q, err
}

// wants says whether entries with that value of a field may be let through.
func (q query) wants(field, value string) bool {
	want, ok := q.must[field]
	return !ok || strings.EqualFold(want, value)
}

// text gives a field of an entry; ok is false where there is none of that name.
func text(field string) (get func(*loggingpb.LogEntry) string, ok bool) {
	switch field {
	case "logName":
		return (*loggingpb.LogEntry).GetLogName, true
	case "trace":
		return (*loggingpb.LogEntry).GetTrace, true
	case "insertId":
		return (*loggingpb.LogEntry).GetInsertId, true
	case "textPayload":
		return (*loggingpb.LogEntry).GetTextPayload, true
	case "resource.type":
		return func(e *loggingpb.LogEntry) string { return e.GetResource().GetType() }, true
	}
	if label, ok := strings.CutPrefix(field, "resource.labels."); ok {
		return func(e *loggingpb.LogEntry) string { return e.GetResource().GetLabels()[label] }, true
	}
	if label, ok := strings.CutPrefix(field, "labels."); ok {
		return func(e *loggingpb.LogEntry) string { return e.GetLabels()[label] }, true
	}
	if name, ok := strings.CutPrefix(field, "jsonPayload."); ok && !strings.Contains(name, ".") {
		return func(e *loggingpb.LogEntry) string {
			return e.GetJsonPayload().GetFields()[name].GetStringValue()
		}, true
	}
	return nil, false
}

var errNotHere = errors.New("the emulator has no such field")

// compare makes the predicate of one comparison. Texts are compared without case,
// expressions with it (cloud.google.com/logging/docs/view/logging-query-language).
func compare(c filter.Comparison) (func(*loggingpb.LogEntry) bool, error) {
	switch c.Field {
	case "timestamp":
		t, err := at(c.Value)
		if err != nil {
			return nil, err
		}
		fits, err := ordered(c)
		return func(e *loggingpb.LogEntry) bool { return fits(e.GetTimestamp().AsTime().Compare(t)) }, err
	case "severity":
		want, ok := logtype.LogSeverity_value[strings.ToUpper(c.Value)]
		if !ok {
			return nil, fmt.Errorf("unknown severity %q", c.Value)
		}
		fits, err := ordered(c)
		return func(e *loggingpb.LogEntry) bool { return fits(int(e.GetSeverity()) - int(want)) }, err
	}
	if field, ok := strings.CutPrefix(c.Field, "httpRequest"); ok {
		return compareRequest(strings.TrimPrefix(field, "."), c)
	}
	get, ok := text(c.Field)
	if !ok {
		return nil, fmt.Errorf("%w: %q", errNotHere, c.Field)
	}
	switch c.Op {
	case "=":
		return func(e *loggingpb.LogEntry) bool { return strings.EqualFold(get(e), c.Value) }, nil
	case "!=":
		return func(e *loggingpb.LogEntry) bool { return !strings.EqualFold(get(e), c.Value) }, nil
	case ":":
		part := strings.ToLower(c.Value)
		return func(e *loggingpb.LogEntry) bool { return strings.Contains(strings.ToLower(get(e)), part) }, nil
	case "=~", "!~":
		expr, err := regexp.Compile(c.Value)
		if err != nil {
			return nil, err
		}
		return func(e *loggingpb.LogEntry) bool { return expr.MatchString(get(e)) == (c.Op == "=~") }, nil
	}
	return nil, fmt.Errorf("operator %q does not fit field %q", c.Op, c.Field)
}

// compareRequest is compare for a field of the request that an entry is of, or for
// whether it is of one. No field of what is not there fits anything.
func compareRequest(field string, c filter.Comparison) (func(*loggingpb.LogEntry) bool, error) {
	of := func(fits func(*logtype.HttpRequest) bool) func(*loggingpb.LogEntry) bool {
		return func(e *loggingpb.LogEntry) bool { return e.GetHttpRequest() != nil && fits(e.GetHttpRequest()) }
	}
	switch field {
	case "":
		if c.Op != ":" || c.Value != "*" {
			return nil, fmt.Errorf("operator %q does not fit field %q", c.Op, c.Field)
		}
		return of(func(*logtype.HttpRequest) bool { return true }), nil
	case "status":
		want, err := strconv.Atoi(c.Value)
		if err != nil {
			return nil, fmt.Errorf("%q is not a number", c.Value)
		}
		fits, err := ordered(c)
		return of(func(r *logtype.HttpRequest) bool { return fits(int(r.GetStatus()) - want) }), err
	case "latency":
		want, err := time.ParseDuration(c.Value)
		if err != nil || !strings.HasSuffix(c.Value, "s") {
			return nil, fmt.Errorf("%q is not a duration in seconds, such as \"0.5s\"", c.Value)
		}
		fits, err := ordered(c)
		return of(func(r *logtype.HttpRequest) bool { return fits(cmp.Compare(r.GetLatency().AsDuration(), want)) }), err
	}
	return nil, fmt.Errorf("%w: %q", errNotHere, c.Field)
}

func at(text string) (time.Time, error) {
	for _, form := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(form, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a time in RFC 3339", text)
}

// ordered says of the result of a comparison whether it fits the operator.
func ordered(c filter.Comparison) (func(int) bool, error) {
	switch c.Op {
	case "=":
		return func(c int) bool { return c == 0 }, nil
	case "!=":
		return func(c int) bool { return c != 0 }, nil
	case "<":
		return func(c int) bool { return c < 0 }, nil
	case "<=":
		return func(c int) bool { return c <= 0 }, nil
	case ">":
		return func(c int) bool { return c > 0 }, nil
	case ">=":
		return func(c int) bool { return c >= 0 }, nil
	}
	return nil, errors.New("operator " + c.Op + " does not fit field " + c.Field)
}
