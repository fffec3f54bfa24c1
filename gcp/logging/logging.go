// Package logging asks Cloud Logging: a filter goes in, entries come out. What
// they mean is for whoever knows what wrote them. Build logs are objects in Cloud
// Storage and not its business.
package logging

import (
	"context"
	"errors"
	"slices"
	"sync"

	api "cloud.google.com/go/logging/apiv2"
	"cloud.google.com/go/logging/apiv2/loggingpb"
	"google.golang.org/api/iterator"

	"github.com/gcpdeploy/gcpdeploy/gcp"
)

// Client reads logs. It may be shared.
type Client struct {
	access *gcp.Access
	client func() (*api.Client, error)
}

// New makes a Client, which connects when it is first used.
func New(a *gcp.Access) *Client {
	return &Client{access: a, client: sync.OnceValues(func() (*api.Client, error) {
		opts, err := a.GRPC(a.Endpoint(gcp.Logging))
		if err != nil {
			return nil, err
		}
		c, err := api.NewClient(context.Background(), opts...)
		return c, gcp.Error(err, "connecting to Cloud Logging")
	})}
}

// Newest gives a project's newest entries that fit a filter, at most limit,
// oldest first. doing is what they are read for, for the error.
func (c *Client) Newest(ctx context.Context, project, filter string, limit int, doing string) ([]*loggingpb.LogEntry, error) {
	l, err := c.client()
	if err != nil {
		return nil, err
	}
	var found []*loggingpb.LogEntry
	entries := l.ListLogEntries(ctx, &loggingpb.ListLogEntriesRequest{
		ResourceNames: []string{"projects/" + project}, Filter: filter,
		OrderBy: "timestamp desc", PageSize: int32(min(limit, 1000)),
	})
	for len(found) < limit {
		e, err := entries.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		if err != nil {
			return nil, c.access.Error(err, c.access.Endpoint(gcp.Logging), doing)
		}
		found = append(found, e)
	}
	slices.Reverse(found)
	return found, nil
}
