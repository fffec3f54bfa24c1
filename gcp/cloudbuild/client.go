// Package cloudbuild turns plans into Cloud Build's messages, submits them, and
// follows a build and its log to the end. What a plan's steps do it does not
// know; what became of them it gives back in plan's words.
package cloudbuild

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	api "cloud.google.com/go/cloudbuild/apiv1/v2"
	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/logging"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// Logs reads log objects. gcp/storage.Client does; no bytes yet are no error,
// an object that is not there is one of kind NotFound.
type Logs interface {
	ReadFrom(ctx context.Context, bucket, object string, offset int64) (io.ReadCloser, error)
}

// Client submits builds and follows them. It may be shared.
type Client struct {
	// Warn is told what does no harm to a build, such as a log that cannot be
	// read; nil drops it. Set it before the first call.
	Warn func(string)

	access  *gcp.Access
	logs    Logs
	entries *logging.Client
	client  func() (*api.Client, error)
}

// New makes a Client, which connects when it is first used.
func New(a *gcp.Access, logs Logs) *Client {
	return &Client{access: a, logs: logs, entries: logging.New(a), client: sync.OnceValues(func() (*api.Client, error) {
		opts, err := a.GRPC(a.Endpoint(gcp.CloudBuild))
		if err != nil {
			return nil, err
		}
		c, err := api.NewClient(context.Background(), opts...)
		return c, gcp.Error(err, "connecting to Cloud Build")
	})}
}

// endpoint is where Cloud Build is.
func (c *Client) endpoint() string { return c.access.Endpoint(gcp.CloudBuild) }

// retry makes a call that may be made twice.
func (c *Client) retry(ctx context.Context, doing string, call func(context.Context, *api.Client) error) error {
	b, err := c.client()
	if err != nil {
		return err
	}
	return c.access.Retry(ctx, c.endpoint(), doing, c.access.Patience(c.endpoint()), func(ctx context.Context) error { return call(ctx, b) })
}

// tries is how often Submit tries to create one build at least.
const tries = 3

// Submit creates a build and gives it as Cloud Build has it. Creating is not
// idempotent: where it may have been done although the call failed, the build is
// looked for by the run's own tag before it is created again.
func (c *Client) Submit(ctx context.Context, project, region string, b *cloudbuildpb.Build) (*cloudbuildpb.Build, error) {
	const doing = "creating the build"
	client, err := c.client()
	if err != nil {
		return nil, err
	}
	mark := "run-" + random()
	b = proto.CloneOf(b)
	b.Tags = append(b.Tags, mark)
	req := &cloudbuildpb.CreateBuildRequest{Parent: parent(project, region), ProjectId: project, Build: b}
	until := c.access.Clock.Now().Add(c.access.Patience(c.endpoint()))
	for try := 1; ; try++ {
		made, err := c.create(ctx, client, req)
		if err == nil {
			return made, nil
		}
		if ctx.Err() != nil || !ambiguous(err) && !gcp.Transient(err) && (!gcp.Expired(err) || try > 1) {
			return nil, c.access.Error(err, c.endpoint(), doing)
		}
		// The list may lag behind; a build that runs twice costs more than a moment.
		if err := poll.Sleep(ctx, c.access.Clock, c.access.Backoff(c.endpoint()).Max); err != nil {
			return nil, gcp.Error(err, doing)
		}
		if ambiguous(err) {
			found, lerr := c.List(ctx, project, region, fmt.Sprintf("tags=%q", mark), 1)
			if len(found) > 0 {
				return found[0], nil
			}
			if lerr != nil {
				return nil, errs.New(errs.Transient, "Run again: a build that was made all the same is found, and followed.",
					"%s: %w; whether it was made cannot be seen", doing, err)
			}
		}
		if try >= tries && c.access.Clock.Now().After(until) {
			return nil, c.access.Error(err, c.endpoint(), doing)
		}
	}
}

// create asks once for a build.
func (c *Client) create(ctx context.Context, client *api.Client, req *cloudbuildpb.CreateBuildRequest) (*cloudbuildpb.Build, error) {
	ctx, cancel := c.access.OneCall(ctx)
	defer cancel()
	op, err := client.CreateBuild(ctx, req, gcp.Once)
	if err != nil {
		return nil, err
	}
	m, err := op.Metadata()
	if err == nil && m.GetBuild() == nil {
		err = errs.New(errs.Internal, "", "the answer names no build")
	}
	return m.GetBuild(), err
}

// ambiguous says whether a call may have had its effect although it failed.
func ambiguous(err error) bool {
	switch gcp.Code(err) {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Unknown, codes.Internal, codes.Aborted:
		return true
	}
	return false
}

func random() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// Get gives a build by its full name.
func (c *Client) Get(ctx context.Context, name string) (*cloudbuildpb.Build, error) {
	return c.get(ctx, name, c.access.Patience(c.endpoint()))
}

// Cancel asks a build to stop, and returns before it has. A build that has
// ended is no error.
func (c *Client) Cancel(ctx context.Context, name string) error {
	project, id := parts(name)
	err := c.retry(ctx, "cancelling build "+id, func(ctx context.Context, b *api.Client) error {
		_, err := b.CancelBuild(ctx, &cloudbuildpb.CancelBuildRequest{Name: name, ProjectId: project, Id: id}, gcp.Once)
		return err
	})
	if gcp.Code(err) == codes.FailedPrecondition {
		return nil
	}
	return err
}

// List gives the newest builds that fit a filter, at most limit of them.
func (c *Client) List(ctx context.Context, project, region, filter string, limit int) ([]*cloudbuildpb.Build, error) {
	var found []*cloudbuildpb.Build
	err := c.retry(ctx, "listing builds", func(ctx context.Context, b *api.Client) error {
		found = nil
		it := b.ListBuilds(ctx, &cloudbuildpb.ListBuildsRequest{
			Parent: parent(project, region), ProjectId: project, Filter: filter, PageSize: int32(min(limit, 1000)),
		}, gcp.Once)
		for len(found) < limit {
			next, err := it.Next()
			if errors.Is(err, iterator.Done) {
				return nil
			}
			if err != nil {
				return err
			}
			found = append(found, next)
		}
		return nil
	})
	return found, err
}

func parent(project, region string) string {
	if region == "" {
		region = "global"
	}
	return "projects/" + project + "/locations/" + region
}

// parts are the project and the id in a build's full name.
func parts(name string) (project, id string) {
	p := strings.Split(name, "/")
	if len(p) > 1 {
		project = p[1]
	}
	return project, p[len(p)-1]
}

// Ended says whether a status is the last one a build will have.
func Ended(s cloudbuildpb.Build_Status) bool {
	switch s {
	case cloudbuildpb.Build_STATUS_UNKNOWN, cloudbuildpb.Build_QUEUED, cloudbuildpb.Build_WORKING, cloudbuildpb.Build_PENDING:
		return false
	}
	return true
}
