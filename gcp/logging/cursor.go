package logging

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/logging/apiv2/loggingpb"
	"google.golang.org/api/iterator"

	"github.com/gcpdeploy/gcpdeploy/gcp"
)

// lag is how much later than others of its time an entry may come in.
const lag = 30 * time.Second

// Cursor reads a log that grows: each entry that fits a filter, once. It is for
// one goroutine.
type Cursor struct {
	client                 *Client
	project, filter, doing string
	from                   time.Time            // of the newest entry that was given
	seen                   map[string]time.Time // entries that Next would read again
}

// Follow makes a Cursor for entries from a time on, by the server's clock. doing is
// what they are read for, for the error.
func (c *Client) Follow(project, filter string, from time.Time, doing string) *Cursor {
	return &Cursor{client: c, project: project, filter: filter, doing: doing, from: from, seen: map[string]time.Time{}}
}

// Skip takes entries for given.
func (c *Cursor) Skip(entries ...*loggingpb.LogEntry) {
	for _, e := range entries {
		c.take(e)
	}
}

// Next gives what has come in since. Where it fails nothing is given, and the next
// call reads it again.
func (c *Cursor) Next(ctx context.Context) (entries []*loggingpb.LogEntry, err error) {
	filter := fmt.Sprintf("%s AND timestamp>=%q", c.filter, c.from.Add(-lag).UTC().Format(time.RFC3339Nano))
	err = c.client.list(ctx, c.doing, &loggingpb.ListLogEntriesRequest{
		ResourceNames: []string{"projects/" + c.project}, Filter: filter, OrderBy: "timestamp asc", PageSize: 1000,
	}, func() { entries = nil }, func(e *loggingpb.LogEntry) bool {
		if _, ok := c.seen[key(e)]; !ok {
			entries = append(entries, e)
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	c.Skip(entries...)
	for k, at := range c.seen {
		if at.Before(c.from.Add(-lag)) {
			delete(c.seen, k)
		}
	}
	return entries, nil
}

func (c *Cursor) take(e *loggingpb.LogEntry) {
	at := e.GetTimestamp().AsTime()
	c.seen[key(e)] = at
	if at.After(c.from) {
		c.from = at
	}
}

// key is what two entries have in common that are one
// (cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry, insertId).
func key(e *loggingpb.LogEntry) string {
	return fmt.Sprint(e.GetLogName(), " ", e.GetTimestamp().AsTime().UnixNano(), " ", e.GetInsertId())
}

// list hands on the entries of a request until each has enough; begin is called
// before every try.
func (c *Client) list(ctx context.Context, doing string, r *loggingpb.ListLogEntriesRequest, begin func(), each func(*loggingpb.LogEntry) bool) error {
	l, err := c.client()
	if err != nil {
		return err
	}
	at := c.access.Endpoint(gcp.Logging)
	return c.access.Retry(ctx, at, doing, c.access.Patience(at), func(ctx context.Context) error {
		begin()
		entries := l.ListLogEntries(ctx, r, gcp.Once)
		for {
			e, err := entries.Next()
			if errors.Is(err, iterator.Done) {
				return nil
			}
			if err != nil {
				return err
			}
			if !each(e) {
				return nil
			}
		}
	})
}
