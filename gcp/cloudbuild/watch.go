package cloudbuild

import (
	"context"
	"io"
	"strings"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/protobuf/proto"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/rights"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// outage is how long Watch asks a server that does not answer. The build goes
// on without us, so it is worth to wait.
const outage = 5

// Watch follows a build until it has ended, and returns it. onUpdate, where not
// nil, sees each change; log gets the build's log as it grows. A log that
// cannot be read, or written on, is told to Warn and changes nothing else.
func (c *Client) Watch(ctx context.Context, name string, onUpdate func(*cloudbuildpb.Build), log io.Writer) (*cloudbuildpb.Build, error) {
	tails, stop := context.WithCancel(ctx)
	defer stop()
	var t *tail
	var followed bool
	var last *cloudbuildpb.Build
	err := poll.Until(ctx, c.access.Clock, c.access.Backoff(c.endpoint()), func(ctx context.Context) (bool, error) {
		b, err := c.get(ctx, name, outage*c.access.Patience(c.endpoint()))
		if err != nil {
			return false, err
		}
		if onUpdate != nil && !proto.Equal(b, last) {
			onUpdate(b)
		}
		last = b
		if !followed && b.GetStatus() != cloudbuildpb.Build_STATUS_UNKNOWN {
			followed, t = true, c.follow(tails, b, log)
		}
		return Ended(b.GetStatus()), nil
	})
	if err != nil {
		stop()
		t.wait()
		if ctx.Err() != nil {
			return last, gcp.Error(context.Cause(ctx), "watching the build")
		}
		return last, err
	}
	t.finish(last)
	c.warnings(last)
	return last, nil
}

// warnings hands on what Cloud Build warns of, with what to do about it.
func (c *Client) warnings(b *cloudbuildpb.Build) {
	for _, w := range b.GetWarnings() {
		text := w.GetText()
		if strings.Contains(text, "roles/logging.logWriter") {
			text += " " + gcp.Lacks(rights.Builds, accountOf(b), "logging.logEntries.create", "projects/"+b.GetProjectId())
		}
		c.warn(text)
	}
}

func (c *Client) get(ctx context.Context, name string, patience time.Duration) (b *cloudbuildpb.Build, err error) {
	client, err := c.client()
	if err != nil {
		return nil, err
	}
	project, id := parts(name)
	err = c.access.Retry(ctx, c.endpoint(), "looking up build "+id, patience, func(ctx context.Context) (err error) {
		b, err = client.GetBuild(ctx, &cloudbuildpb.GetBuildRequest{Name: name, ProjectId: project, Id: id}, gcp.Once)
		return err
	})
	return b, err
}

func (c *Client) warn(text string) {
	if c.Warn != nil {
		c.Warn(text)
	}
}
