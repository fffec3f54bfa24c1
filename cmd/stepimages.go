package cmd

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/registry"
	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

func stepEarlier(ctx context.Context, s ui.Streams, d Deps, image, to string) error {
	dock, err := docker.New()
	if err != nil {
		return err
	}
	access := gcp.New(gcp.FromEnvironment(d.Lookup))
	defer access.Close()
	return builder.Earlier(ctx, adopter{dock, access}, image, to, s.Out)
}

func stepPublishWheels(ctx context.Context, s ui.Streams, d Deps, p plan.Plan, image string) (any, error) {
	dock, err := docker.New()
	if err != nil {
		return nil, err
	}
	access := gcp.New(gcp.FromEnvironment(d.Lookup))
	defer access.Close()
	return builder.PublishWheels(ctx, registryOf(access, p), adopter{dock, access}, p, image, s.Out)
}

func stepResolved(ctx context.Context, s ui.Streams, d Deps, p plan.Plan, current string) (any, error) {
	data, err := os.ReadFile(filepath.Join(plan.Resolution, builder.ResolutionFile))
	if err != nil {
		return nil, fmt.Errorf("reading the resolution: %w", err)
	}
	access := gcp.New(gcp.FromEnvironment(d.Lookup))
	defer access.Close()
	return builder.Compare(ctx, registryOf(access, p), current, data, s.Out)
}

func stepPromote(ctx context.Context, s ui.Streams, d Deps, p plan.Plan, made builder.Refreshed) (any, error) {
	access := gcp.New(gcp.FromEnvironment(d.Lookup))
	defer access.Close()
	return builder.Promote(ctx, registryOf(access, p), p, made, s.Out)
}

func stepPublish(ctx context.Context, s ui.Streams, d Deps, p plan.Plan, pushed builder.Pushed) (any, error) {
	dock, err := docker.New()
	if err != nil {
		return nil, err
	}
	access := gcp.New(gcp.FromEnvironment(d.Lookup))
	defer access.Close()
	r, err := builder.Publish(ctx, registryOf(access, p), adopter{dock, access}, p, pushed, s.Out)
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	return r, os.WriteFile(published, data, 0o644)
}

// adopter gives the worker's Docker an image that another run made.
type adopter struct {
	docker *docker.Client
	access *gcp.Access
}

// registryOf is the plan's repository.
func registryOf(access *gcp.Access, p plan.Plan) *registry.Client {
	name := p.Repository[strings.LastIndexByte(p.Repository, '/')+1:]
	return registry.New(access, p.Release.Project, p.Release.Region, name)
}

func (a adopter) Adopt(ctx context.Context, ref, tag string) error {
	if err := a.pull(ctx, ref); err != nil {
		return err
	}
	return a.docker.Tag(ctx, ref, tag)
}

func (a adopter) Empty(ctx context.Context, tag string) error { return a.docker.Empty(ctx, tag) }

// pull gets an image of our repository.
func (a adopter) pull(ctx context.Context, ref string) error {
	token, err := a.access.Token(ctx)
	if err != nil {
		return err
	}
	return a.docker.Pull(ctx, ref, docker.Auth{Username: "oauth2accesstoken", Password: token})
}
