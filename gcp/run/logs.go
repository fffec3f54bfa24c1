package run

import (
	"context"
	"fmt"
	"strings"

	"cloud.google.com/go/logging/apiv2/loggingpb"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Logs gives the newest lines of a service: what it wrote, and its requests.
func (t Target) Logs(ctx context.Context, s release.Spec, limit int) ([]release.Line, error) {
	return t.client.lines(ctx, s, limit)
}

func (c *Client) lines(ctx context.Context, s release.Spec, limit int) ([]release.Line, error) {
	filter := fmt.Sprintf(`resource.type="cloud_run_revision" AND resource.labels.service_name=%q AND resource.labels.location=%q`, s.Service, s.Region)
	entries, err := c.logs.Newest(ctx, s.Project, filter, limit, "reading the service's log")
	if err != nil {
		return nil, err
	}
	var lines []release.Line
	for _, e := range entries {
		lines = append(lines, release.Line{Time: e.GetTimestamp().AsTime(), Revision: e.GetResource().GetLabels()["revision_name"], Text: text(e)})
	}
	return lines, nil
}

// text is an entry as one line: as it was written, or a request in short.
func text(e *loggingpb.LogEntry) string {
	line := e.GetTextPayload()
	if r := e.GetHttpRequest(); line == "" && r != nil {
		line = fmt.Sprintf("%s %s %d", r.GetRequestMethod(), r.GetRequestUrl(), r.GetStatus())
	}
	if p := e.GetJsonPayload(); line == "" && p != nil {
		line = p.GetFields()["message"].GetStringValue()
	}
	return strings.TrimRight(line, "\n")
}
