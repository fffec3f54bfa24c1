package clients

import (
	"context"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/rights"
	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// InBuild are the clients of a build's step: where its plan says, as its
// environment says.
func InBuild(d Deps, p plan.Plan) (*Set, error) {
	where := gcp.FromEnvironment(d.Lookup)
	where.As, where.Account = rights.Builds, p.Options.ServiceAccount[strings.LastIndexByte(p.Options.ServiceAccount, '/')+1:]
	return newSet(d, gcp.New(where), &config.Config{
		Regions: p.Regions(), Project: p.Release.Project, Region: p.Release.Region, Service: p.Service, Target: p.Release.Target,
		Repository: p.Repository[strings.LastIndexByte(p.Repository, '/')+1:],
	})
}

// Worker is the Docker that a build runs on, with images of our repository.
type Worker struct {
	*docker.Client
	access *gcp.Access
}

var (
	_ builder.Images = Worker{}
	_ builder.Shelf  = Worker{}
)

// Worker is that of the build that this process is a step of.
func (s *Set) Worker() (Worker, error) {
	c, err := docker.New()
	return Worker{c, s.access}, err
}

// Adopt makes the tag name the image of that digest on this worker.
func (w Worker) Adopt(ctx context.Context, ref, tag string) error {
	if err := w.PullOurs(ctx, ref); err != nil {
		return err
	}
	return w.Tag(ctx, ref, tag)
}

// Get pulls an image that may be somebody else's: with our token where it lies in Artifact Registry.
func (w Worker) Get(ctx context.Context, ref string) error {
	if host, _, _ := strings.Cut(ref, "/"); strings.HasSuffix(host, "-docker.pkg.dev") {
		return w.PullOurs(ctx, ref)
	}
	return w.PullOthers(ctx, ref)
}

// PullOthers gets an image of somebody else's registry, without a login.
func (w Worker) PullOthers(ctx context.Context, ref string) error {
	return w.Pull(ctx, ref, docker.Auth{})
}

// PullOurs gets an image of our repository, or of another one of Artifact Registry.
func (w Worker) PullOurs(ctx context.Context, ref string) error {
	token, err := w.access.Token(ctx)
	if err != nil {
		return err
	}
	return w.Pull(ctx, ref, docker.Auth{Username: gcp.TokenUser, Password: token})
}
