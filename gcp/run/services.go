package run

import (
	"context"
	"strings"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// Services is a Client in plan's words.
type Services struct{ Client *Client }

// Want is the service that a release asks for, with its image by digest.
func Want(r plan.Release, image string, by Run) Desired {
	return Desired{
		Project: r.Project, Region: r.Region, Service: r.Service,
		Image: image, Port: r.Port, CPU: r.CPU, Memory: r.Memory, Concurrency: r.Concurrency,
		Min: r.MinInstances, Max: r.MaxInstances, Timeout: time.Duration(r.TimeoutSeconds) * time.Second,
		Env: r.Env, Secrets: r.Secrets, ServiceAccount: r.ServiceAccount,
		Unauthenticated: r.AllowUnauthenticated, Run: by,
	}
}

// Observe gives the service of a release as it is, and a function that says
// whether releasing r with the image of a digest would change nothing.
func (s Services) Observe(ctx context.Context, r plan.Release) (plan.Service, func(digest string) bool, error) {
	observed, ok, err := s.Client.Get(ctx, r.Project, r.Region, r.Service)
	if err != nil || !ok {
		return plan.Service{}, func(string) bool { return false }, err
	}
	now := plan.Service{
		Exists: true, URL: observed.GetUri(), Revision: short(observed.GetLatestReadyRevision()),
		Image: image(observed),
	}
	return now, func(digest string) bool {
		return Same(observed, Merge(observed, Want(r, r.Image+"@"+digest, RunOf(observed))))
	}, nil
}

// image is what a service runs.
func image(s *runpb.Service) string {
	if len(s.GetTemplate().GetContainers()) == 0 {
		return ""
	}
	return ingress(s.GetTemplate()).GetImage()
}

// Deploy releases an image by digest. A run that is superseded is no error: the
// answer says by which.
func (s Services) Deploy(ctx context.Context, r plan.Release, image string, by Run, progress func(string)) (plan.Released, error) {
	got, err := s.Client.Deploy(ctx, Want(r, image, by), progress)
	released := plan.Released{
		Revision: got.Revision, URL: got.URL, Image: image,
		Superseded: got.Superseded, Warning: strings.Join(got.Warnings, "; "),
	}
	if errs.KindOf(err) == errs.Superseded {
		err = nil
	}
	return released, err
}
