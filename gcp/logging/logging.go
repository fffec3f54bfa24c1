// Package logging asks Cloud Logging: a filter goes in, entries come out. What
// they mean is for whoever knows what wrote them.
package logging

import (
	"context"
	"slices"
	"sync"

	api "cloud.google.com/go/logging/apiv2"
	"cloud.google.com/go/logging/apiv2/loggingpb"

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
	var found []*loggingpb.LogEntry
	err := c.list(ctx, doing, &loggingpb.ListLogEntriesRequest{
		ResourceNames: []string{"projects/" + project}, Filter: filter,
		OrderBy: "timestamp desc", PageSize: int32(min(limit, 1000)),
	}, func() { found = nil }, func(e *loggingpb.LogEntry) bool {
		found = append(found, e)
		return len(found) < limit
	})
	slices.Reverse(found)
	return found, err
}
