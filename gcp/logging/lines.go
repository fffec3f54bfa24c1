package logging

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/logging/apiv2/loggingpb"
	logtype "google.golang.org/genproto/googleapis/logging/type"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// slower is how much less often than a call's result a log is asked for: a
// project may read its entries 60 times a minute.
const slower = 2

// Service is what wrote lines, as its entries show it.
type Service struct {
	Project  string
	Filter   string // for its entries
	Revision string // the resource's label that says which revision wrote one: "revision_name"
}

// Lines hands on the newest lines of a service that are wanted, oldest first: what it
// wrote, and its requests. Where they are followed it goes on until ctx ends. doing is
// what they are read for, for the error.
func (c *Client) Lines(ctx context.Context, doing string, s Service, q release.Query, each func(release.Line) error) error {
	filter := s.filter(q)
	bounded := filter
	if !q.Since.IsZero() {
		bounded += fmt.Sprintf(" AND timestamp>=%q", q.Since.UTC().Format(time.RFC3339Nano))
	}
	entries, err := c.Newest(ctx, s.Project, bounded, q.Limit, doing)
	if err != nil {
		return err
	}
	if err := s.hand(entries, each); err != nil || !q.Follow {
		return err
	}
	from := q.Since
	if from.IsZero() { // there were none; a clock of ours may be a little ahead of the server's
		from = c.access.Clock.Now().Add(-time.Hour)
	}
	cursor := c.Follow(s.Project, filter, from, doing)
	var last time.Time // what is not newer was left out by the limit
	if n := len(entries); n > 0 {
		last = entries[n-1].GetTimestamp().AsTime()
	}
	cursor.Skip(entries...)
	pauses := c.access.Backoff(c.access.Endpoint(gcp.Logging))
	for ctx.Err() == nil {
		entries, err := cursor.Next(ctx)
		if err != nil {
			return err
		}
		entries = slices.DeleteFunc(entries, func(e *loggingpb.LogEntry) bool { return !e.GetTimestamp().AsTime().After(last) })
		if err := s.hand(entries, each); err != nil {
			return err
		}
		last = time.Time{} // from now on what comes late is new
		if err := poll.Sleep(ctx, c.access.Clock, slower*pauses.Max); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// filter is what fits a query, but for its time.
func (s Service) filter(q release.Query) string {
	parts := []string{s.Filter}
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if q.Revision != "" {
		add("resource.labels.%s=%q", s.Revision, q.Revision)
	}
	if q.Severity != "" {
		add("severity>=%s", q.Severity)
	}
	if q.Trace != "" {
		add("trace=%q", "projects/"+s.Project+"/traces/"+q.Trace)
	}
	if r := q.Requests; r != nil {
		add("httpRequest:*")
		if r.Least > 0 {
			add("httpRequest.status>=%d", r.Least)
		}
		if r.Most > 0 {
			add("httpRequest.status<=%d", r.Most)
		}
		if r.Slower > 0 {
			add("httpRequest.latency>\"%gs\"", r.Slower.Seconds())
		}
	}
	return strings.Join(parts, " AND ")
}

func (s Service) hand(entries []*loggingpb.LogEntry, each func(release.Line) error) error {
	for _, e := range entries {
		if err := each(s.line(e)); err != nil {
			return err
		}
	}
	return nil
}

// line is an entry as a line.
func (s Service) line(e *loggingpb.LogEntry) release.Line {
	l := release.Line{Time: e.GetTimestamp().AsTime(), Revision: e.GetResource().GetLabels()[s.Revision], Text: text(e)}
	if e.GetSeverity() != logtype.LogSeverity_DEFAULT {
		l.Severity = e.GetSeverity().String()
	}
	l.Trace = e.GetTrace()[strings.LastIndexByte(e.GetTrace(), '/')+1:]
	if r := e.GetHttpRequest(); r != nil {
		l.Request = &release.Request{Method: r.GetRequestMethod(), URL: r.GetRequestUrl(), Status: int(r.GetStatus()), Latency: r.GetLatency().AsDuration()}
	}
	return l
}

// text is an entry as one line: as it was written, or a request in short.
func text(e *loggingpb.LogEntry) string {
	line := e.GetTextPayload()
	if r := e.GetHttpRequest(); line == "" && r != nil {
		line = fmt.Sprintf("%s %s %d", r.GetRequestMethod(), r.GetRequestUrl(), r.GetStatus())
	}
	if p := e.GetJsonPayload(); line == "" && p != nil {
		if line = p.GetFields()["message"].GetStringValue(); line == "" {
			data, _ := p.MarshalJSON() // it came as JSON
			line = string(data)
		}
	}
	return strings.TrimRight(line, "\n")
}
