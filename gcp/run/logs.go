package run

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

// slower is how much less often than a call's result its log is asked for: a
// project may read its entries 60 times a minute.
const slower = 2

// Logs hands on the newest lines of a service: what it wrote, and its requests.
func (t Target) Logs(ctx context.Context, s release.Spec, q release.Query, each func(release.Line) error) error {
	return t.client.lines(ctx, s, q, each)
}

func (c *Client) lines(ctx context.Context, s release.Spec, q release.Query, each func(release.Line) error) error {
	const doing = "reading the service's log"
	filter := entriesOf(s, q)
	bounded := filter
	if !q.Since.IsZero() {
		bounded += fmt.Sprintf(" AND timestamp>=%q", q.Since.UTC().Format(time.RFC3339Nano))
	}
	entries, err := c.logs.Newest(ctx, s.Project, bounded, q.Limit, doing)
	if err != nil {
		return err
	}
	if err := hand(entries, each); err != nil || !q.Follow {
		return err
	}
	access := c.access
	from := q.Since
	if from.IsZero() { // there were none; a clock of ours may be a little ahead of the server's
		from = access.Clock.Now().Add(-time.Hour)
	}
	cursor := c.logs.Follow(s.Project, filter, from, doing)
	var last time.Time // what is not newer was left out by the limit
	if n := len(entries); n > 0 {
		last = entries[n-1].GetTimestamp().AsTime()
	}
	cursor.Skip(entries...)
	pauses := access.Backoff(access.Endpoint(gcp.Logging))
	for ctx.Err() == nil {
		entries, err := cursor.Next(ctx)
		if err != nil {
			return err
		}
		entries = slices.DeleteFunc(entries, func(e *loggingpb.LogEntry) bool { return !e.GetTimestamp().AsTime().After(last) })
		if err := hand(entries, each); err != nil {
			return err
		}
		last = time.Time{} // from now on what comes late is new
		if err := poll.Sleep(ctx, access.Clock, slower*pauses.Max); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// entriesOf is the filter for the lines that are wanted, however old.
func entriesOf(s release.Spec, q release.Query) string {
	filter := fmt.Sprintf(`resource.type="cloud_run_revision" AND resource.labels.service_name=%q AND resource.labels.location=%q`, s.Service, s.Region)
	if q.Revision != "" {
		filter += fmt.Sprintf(" AND resource.labels.revision_name=%q", q.Revision)
	}
	if q.Severity != "" {
		filter += " AND severity>=" + q.Severity
	}
	return filter
}

func hand(entries []*loggingpb.LogEntry, each func(release.Line) error) error {
	for _, e := range entries {
		l := release.Line{Time: e.GetTimestamp().AsTime(), Revision: e.GetResource().GetLabels()["revision_name"], Text: text(e)}
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
