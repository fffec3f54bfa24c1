package run

import (
	"context"
	"fmt"

	"github.com/gcpdeploy/gcpdeploy/gcp/logging"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Logs hands on the newest lines of a service: what it wrote, and its requests.
func (t Target) Logs(ctx context.Context, s release.Spec, q release.Query, each func(release.Line) error) error {
	return t.client.lines(ctx, s, q, each)
}

func (c *Client) lines(ctx context.Context, s release.Spec, q release.Query, each func(release.Line) error) error {
	return c.logs.Lines(ctx, "reading the service's log", logging.Service{
		Project: s.Project, Revision: "revision_name",
		Filter: fmt.Sprintf(`resource.type="cloud_run_revision" AND resource.labels.service_name=%q AND resource.labels.location=%q`, s.Service, s.Region),
	}, q, each)
}
