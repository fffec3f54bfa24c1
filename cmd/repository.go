package cmd

import (
	"context"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/registry"
	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/gcp/storage"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// repository is what the commands about its images need.
type repository struct {
	config *config.Config
	access *gcp.Access
	images *registry.Client
	hidden bool // the services may not be seen
}

// readers is how many images are read at once.
const readers = 16

func openRepository(ctx context.Context, d Deps, o AppOptions) (*repository, error) {
	c, err := config.Load(o.input(d))
	if err != nil {
		return nil, err
	}
	return repositoryOf(ctx, d, o, c)
}

func repositoryOf(ctx context.Context, d Deps, o AppOptions, c *config.Config) (*repository, error) {
	where, err := place(ctx, d, o, c)
	if err != nil {
		return nil, err
	}
	access := gcp.New(where)
	return &repository{config: c, access: access, images: registry.New(access, c.Project, c.Region, c.Repository)}, nil
}

func (r *repository) Close() error { return r.access.Close() }

// look lists the images, the revisions of the region and the builds under way. It
// reads no image.
func (r *repository) look(ctx context.Context) (st inventory.Stock, err error) {
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return r.lookAtImages(gctx, &st) })
	g.Go(func() error { return r.lookAtUses(gctx, &st) })
	g.Go(func() error { return r.lookAtBuilds(gctx, &st) })
	return st, g.Wait()
}

func (r *repository) lookAtImages(ctx context.Context, st *inventory.Stock) error {
	found, err := r.images.Images(ctx)
	for _, i := range found {
		st.Images = append(st.Images, inventory.Image{
			Package: i.Name, Digest: i.Digest, Tags: i.Tags, Size: i.Size, Uploaded: i.Uploaded, Parts: i.Parts,
		})
	}
	return err
}

func (r *repository) lookAtUses(ctx context.Context, st *inventory.Stock) error {
	uses, err := run.Services{Client: run.New(r.access)}.Uses(ctx, r.config.Project, r.config.Region)
	for _, u := range uses {
		st.Uses = append(st.Uses, inventory.Use(u))
	}
	return err
}

func (r *repository) lookAtBuilds(ctx context.Context, st *inventory.Stock) error {
	b := cloudbuild.Builds{Client: cloudbuild.New(r.access, storage.New(r.access)), Project: r.config.Project, Region: r.config.Region}
	builds, err := b.Unfinished(ctx, engine.Tag)
	for _, b := range builds {
		st.Builds = append(st.Builds, inventory.Build(b))
	}
	return err
}

var _ engine.Shelf = (*repository)(nil)

// Users is what the services run and which builds are under way.
func (r *repository) Users(ctx context.Context) ([]inventory.Use, []inventory.Build, error) {
	var st inventory.Stock
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return r.lookAtUses(gctx, &st) })
	g.Go(func() error { return r.lookAtBuilds(gctx, &st) })
	err := g.Wait()
	return st.Uses, st.Builds, err
}

// Tagged gives an image's tags as they are now.
func (r *repository) Tagged(ctx context.Context, image, digest string) ([]string, bool, error) {
	return r.images.Tagged(ctx, image, digest)
}

// DeleteImage removes an image.
func (r *repository) DeleteImage(ctx context.Context, image, digest string) (bool, error) {
	return r.images.DeleteImage(ctx, image, digest)
}

// read adds the labels and layers of the wanted images. One that went meanwhile
// is left out; one that cannot be understood is not of ours, and stays as it is.
func (r *repository) read(ctx context.Context, st inventory.Stock, wanted func(inventory.Image) bool) (inventory.Stock, error) {
	var mu sync.Mutex
	gone := map[string]bool{}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	for n := range st.Images {
		i := &st.Images[n]
		if !wanted(*i) {
			continue
		}
		g.Go(func() error {
			labels, layers, err := r.images.Content(ctx, i.Package, i.Digest)
			switch errs.KindOf(err) {
			case errs.NotFound:
				mu.Lock()
				defer mu.Unlock()
				gone[i.Package+i.Digest] = true
				return nil
			case errs.Internal: // no error is one too
				i.Labels = labels
				for _, l := range layers {
					i.Layers = append(i.Layers, inventory.Layer(l))
				}
				return nil
			}
			return err
		})
	}
	err := g.Wait()
	st.Images = slices.DeleteFunc(st.Images, func(i inventory.Image) bool { return gone[i.Package+i.Digest] })
	return st, err
}

func isWheels(i inventory.Image) bool  { return i.Package == plan.Wheels }
func isRuntime(i inventory.Image) bool { return i.Package == plan.Runtime }

// manifest reads what a wheels image says of its wheels. Of an image without a
// manifest it is what the lock says.
func (r *repository) manifest(ctx context.Context, digest string) (inventory.Manifest, error) {
	data, err := r.images.ReadFile(ctx, plan.Wheels, digest, inventory.ManifestFile)
	if err == nil {
		var m inventory.Manifest
		if m, err = inventory.ParseManifest(data); err == nil {
			return m, nil
		}
	} else if errs.KindOf(err) != errs.NotFound {
		return inventory.Manifest{}, err
	}
	lock, lerr := r.images.ReadFile(ctx, plan.Wheels, digest, inventory.LockFile)
	if errs.KindOf(lerr) == errs.NotFound {
		return inventory.Manifest{}, err
	}
	return inventory.ParseLock(lock), lerr
}
