// Package logging reads what a service wrote: Cloud Logging's entries of a
// Cloud Run service. Build logs are objects in Cloud Storage and not its business.
package logging

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	api "cloud.google.com/go/logging/apiv2"
	"cloud.google.com/go/logging/apiv2/loggingpb"
	"google.golang.org/api/iterator"

	"github.com/gcpdeploy/gcpdeploy/gcp"
)

// Line is one line of a service's log.
type Line struct {
	Time     time.Time
	Revision string
	Text     string
}

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

// Service gives the newest lines of a service, at most limit, oldest first.
func (c *Client) Service(ctx context.Context, project, region, service string, limit int) ([]Line, error) {
	const doing = "reading the service's log"
	l, err := c.client()
	if err != nil {
		return nil, err
	}
	var lines []Line
	entries := l.ListLogEntries(ctx, &loggingpb.ListLogEntriesRequest{
		ResourceNames: []string{"projects/" + project},
		Filter: fmt.Sprintf(`resource.type="cloud_run_revision" AND resource.labels.service_name=%q AND resource.labels.location=%q`,
			service, region),
		OrderBy: "timestamp desc", PageSize: int32(min(limit, 1000)),
	})
	for len(lines) < limit {
		e, err := entries.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		if err != nil {
			return nil, c.access.Error(err, c.access.Endpoint(gcp.Logging), doing)
		}
		text := e.GetTextPayload()
		if r := e.GetHttpRequest(); text == "" && r != nil {
			text = fmt.Sprintf("%s %s %d", r.GetRequestMethod(), r.GetRequestUrl(), r.GetStatus())
		}
		if p := e.GetJsonPayload(); text == "" && p != nil {
			text = p.GetFields()["message"].GetStringValue()
		}
		lines = append(lines, Line{e.GetTimestamp().AsTime(), e.GetResource().GetLabels()["revision_name"], strings.TrimRight(text, "\n")})
	}
	slices.Reverse(lines)
	return lines, nil
}
