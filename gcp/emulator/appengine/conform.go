package appengine

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
)

// conform reads a body as a message, as Google's front end does: names come in either
// spelling, numbers as texts too, enums by name or number. What is given back has the
// API's own names and types, and nothing that is null. Whatever the message does not have
// is refused, all of it at once.
func conform(body document, message string, beta bool) (document, error) {
	c := conforming{schema: theSchema(), beta: beta}
	doc := c.message(body, message, strings.ToLower(message))
	if len(c.wrong) > 0 {
		return nil, invalid("%s", strings.Join(c.wrong, "\n"))
	}
	return doc, nil
}

// conforming is one body that is read.
type conforming struct {
	schema schema
	beta   bool
	wrong  []string
}

func (c *conforming) message(given document, message, at string) document {
	doc := document{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		own := jsonName(name)
		f, ok := c.schema.fields[message][own]
		if !ok || f.beta && !c.beta {
			c.wrong = append(c.wrong, fmt.Sprintf("Invalid JSON payload received. Unknown name %q at '%s': Cannot find field.", name, at))
			continue
		}
		if v := given[name]; v != nil {
			doc[own] = c.field(v, f, at+"."+protoName(own))
		}
	}
	return doc
}

// field reads the value of a field: one, a list or a map.
func (c *conforming) field(given any, f field, at string) any {
	switch f.many {
	case "[":
		list, ok := given.([]any)
		if !ok {
			list = []any{given} // as the front end takes one
		}
		all := make([]any, 0, len(list))
		for i, v := range list {
			all = append(all, c.value(v, f.kind, fmt.Sprintf("%s[%d]", at, i)))
		}
		return all
	case "{":
		entries, ok := given.(document)
		if !ok {
			return c.refuse(at, "Map", given)
		}
		all := document{}
		for i, key := range slices.Sorted(maps.Keys(entries)) {
			all[key] = c.value(entries[key], f.kind, fmt.Sprintf("%s[%d].value", at, i))
		}
		return all
	}
	return c.value(given, f.kind, at)
}

func (c *conforming) value(given any, kind, at string) any {
	if names := c.schema.enums[kind]; names != nil {
		return c.enum(given, kind, names, at)
	}
	if c.schema.fields[kind] != nil {
		if doc, ok := given.(document); ok {
			return c.message(doc, kind, at)
		}
		return c.refuse(at, types+kind, given)
	}
	if v, ok := scalar(given, kind); ok {
		return v
	}
	if kind == "duration" || kind == "timestamp" {
		return c.refuse(at, "type.googleapis.com/google.protobuf."+strings.ToUpper(kind[:1])+kind[1:], given)
	}
	return c.refuse(at, "TYPE_"+strings.ToUpper(kind), given)
}

// enum gives the name of an enum's value. gcloud sends some in small letters, which
// Google takes.
func (c *conforming) enum(given any, kind string, names []string, at string) any {
	switch v := given.(type) {
	case string:
		if name := strings.ToUpper(v); slices.Contains(names, name) {
			return name
		}
	case float64:
		if i := int(v); float64(i) == v && i >= 0 && i < len(names) {
			return names[i]
		}
	}
	return c.refuse(at, types+kind, given)
}

// refuse notes a value that is not of its type.
func (c *conforming) refuse(at, kind string, given any) any {
	text, err := json.Marshal(given)
	if err != nil {
		text = []byte("?")
	}
	if len(text) > 200 {
		text = append(text[:200], "..."...)
	}
	c.wrong = append(c.wrong, fmt.Sprintf("Invalid value at '%s' (%s), %s", at, kind, text))
	return nil
}

var durationForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^-?[0-9]{1,12}(\.[0-9]{1,9})?s$`) })

// scalar is a value of a type that is no message.
func scalar(given any, kind string) (any, bool) {
	text, isText := given.(string)
	switch kind {
	case "any":
		return given, true
	case "string":
		return text, isText
	case "bool":
		v, ok := given.(bool)
		return v, ok
	case "duration":
		return text, isText && durationForm().MatchString(text)
	case "timestamp":
		_, err := time.Parse(time.RFC3339Nano, text)
		return text, err == nil
	}
	n, ok := given.(float64)
	if isText {
		var err error
		n, err = strconv.ParseFloat(text, 64)
		ok = err == nil && !math.IsInf(n, 0) && !math.IsNaN(n)
	}
	whole := n == math.Trunc(n)
	switch kind {
	case "int32":
		return n, ok && whole && n >= math.MinInt32 && n <= math.MaxInt32
	case "uint32":
		return n, ok && whole && n >= 0 && n <= math.MaxUint32
	case "int64": // which JSON has as a text
		return strconv.FormatFloat(n, 'f', 0, 64), ok && whole && math.Abs(n) < 1<<62
	}
	return n, ok // a double
}

// protoName is a field by the name that errors have for it.
func protoName(name string) string {
	var b strings.Builder
	for _, r := range name {
		if unicode.IsUpper(r) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
