package clients

import (
	"context"
	"slices"
	"strings"
	"sync"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/registry"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/stock"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// Stock looks after the images of the repository; report hears where some of their
// users cannot be seen.
func (s *Set) Stock(report ui.Reporter) stock.Keeper {
	regional := sync.OnceFunc(func() {
		report.Warn("Cloud Build lists no builds of all regions at once: those of " + strings.Join(s.buildRegions(), ", ") +
			" are seen; where another app of this repository is built elsewhere, wait until its build has ended")
	})
	return stock.Keeper{Repository: s.reg.Repository(), Registry: images{s.reg}, Users: users{s, regional}, Remover: s.reg}
}

// images is the registry in inventory's words.
type images struct{ *registry.Client }

var _ stock.Registry = images{}

// Images implements stock.Registry.
func (i images) Images(ctx context.Context) (all []inventory.Image, err error) {
	found, err := i.Client.Images(ctx)
	for _, f := range found {
		all = append(all, inventory.Image{
			Package: f.Name, Digest: f.Digest, Tags: f.Tags, Size: f.Size, Uploaded: f.Uploaded, Parts: f.Parts,
		})
	}
	return all, err
}

// Content implements stock.Registry.
func (i images) Content(ctx context.Context, image, digest string) (map[string]string, []inventory.Layer, error) {
	labels, found, err := i.Client.Content(ctx, image, digest)
	var layers []inventory.Layer
	for _, l := range found {
		layers = append(layers, inventory.Layer(l))
	}
	return labels, layers, err
}

// users are all that a set's project has where images of its repository are released.
type users struct {
	*Set
	regional func() // told that builds of some regions only are seen
}

var _ stock.Users = users{}

// Uses implements stock.Users. It asks every target: what one of them runs must
// not go, wherever this app is released, and it asks in every region that the repository
// has served.
func (u users) Uses(ctx context.Context) ([]release.Use, error) {
	regions, err := u.served(ctx)
	if err != nil {
		return nil, err
	}
	var all []release.Where
	for _, t := range targets {
		for _, region := range regions {
			all = append(all, release.Where{Target: t.connect(u.access), Region: region})
			if t.Config.OneRegion { // whichever that is
				break
			}
		}
	}
	return release.Uses(ctx, u.Config.Project, all)
}

// served are the regions of the configuration, and those that other apps of the repository, or
// earlier configurations, have released to.
func (u users) served(ctx context.Context) ([]string, error) {
	tags, err := u.reg.Tags(ctx, plan.Builder)
	regions := append(slices.Clone(u.Config.Everywhere()), u.Config.Home())
	for tag := range tags {
		if region, ok := plan.TaggedRegion(tag); ok {
			regions = append(regions, region)
		}
	}
	slices.Sort(regions)
	return slices.Compact(regions), err
}

// everywhere stands for all locations in a list.
const everywhere = "-"

// Builds implements stock.Users; a run with a lease is as good as one. Other apps of
// the repository may be built in any region.
func (u users) Builds(ctx context.Context) (all []inventory.Build, err error) {
	found, err := u.unfinished(ctx, everywhere)
	switch gcp.Code(err) {
	case codes.InvalidArgument, codes.NotFound, codes.Unimplemented: // Google promises all locations for triggers, and is silent about builds
		u.regional()
		found, err = u.unfinished(ctx, u.buildRegions()...)
	}
	if err != nil {
		return nil, err
	}
	for _, f := range found {
		all = append(all, inventory.Build(f))
	}
	runs, err := u.leases().Runs(ctx)
	for _, r := range runs {
		all = append(all, inventory.Build{ID: r.ID, Began: r.Earliest(), Names: r.Names})
	}
	return all, err
}

// unfinished are the builds of some locations that have not ended.
func (s *Set) unfinished(ctx context.Context, locations ...string) (all []cloudbuild.Unfinished, err error) {
	for _, l := range locations {
		builds := s.builds()
		builds.Region = l
		found, err := builds.Unfinished(ctx, engine.Tag)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// buildRegions are where builds of the repository's apps are likely to run.
func (s *Set) buildRegions() []string {
	all := []string{s.Config.BuildRegion(), s.Config.Home(), "global"}
	slices.Sort(all)
	return slices.Compact(all)
}
