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
	filter := s.Filter
	if q.Revision != "" {
		filter += fmt.Sprintf(" AND resource.labels.%s=%q", s.Revision, q.Revision)
	}
	if q.Severity != "" {
		filter += " AND severity>=" + q.Severity
	}
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

func (s Service) hand(entries []*loggingpb.LogEntry, each func(release.Line) error) error {
	for _, e := range entries {
		l := release.Line{Time: e.GetTimestamp().AsTime(), Revision: e.GetResource().GetLabels()[s.Revision], Text: text(e)}
		if e.GetSeverity() != logtype.LogSeverity_DEFAULT {
			l.Severity = e.GetSeverity().String()
		}
		if err := each(l); err != nil {
			return err
		}
	}
	return nil
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
