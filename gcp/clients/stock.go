package clients

import (
	"context"

	"github.com/gcpdeploy/gcpdeploy/gcp/registry"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/stock"
)

// Stock looks after the images of the repository.
func (s *Set) Stock() stock.Keeper {
	return stock.Keeper{Repository: s.reg.Repository(), Registry: images{s.reg}, Users: users{s}, Remover: s.reg}
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

// users are all that a set's project and region have.
type users struct{ *Set }

var _ stock.Users = users{}

// Uses implements stock.Users. It asks every target: what one of them runs must
// not go, wherever this app is released.
func (u users) Uses(ctx context.Context) ([]release.Use, error) {
	var all []release.Target
	for _, t := range targets {
		all = append(all, t.connect(u.access))
	}
	return release.Uses(ctx, all, u.Config.Project, u.Config.Region)
}

// everywhere stands for all locations in a list.
const everywhere = "-"

// Builds implements stock.Users; a run with a lease is as good as one. Other apps of
// the repository may be built in any region.
func (u users) Builds(ctx context.Context) (all []inventory.Build, err error) {
	builds := u.builds()
	builds.Region = everywhere
	found, err := builds.Unfinished(ctx, engine.Tag)
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
