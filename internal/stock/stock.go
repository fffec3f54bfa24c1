// Package stock looks after the images of a repository: it lists them with who
// uses them, says what is in them and how their keys differ, and removes those
// that may go. What an image is to the others, and which may go, is decided by
// inventory; stock gathers what that takes and does what it says.
package stock

import (
	"context"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Registry reads the repository. Image is a package of it ("runtime").
type Registry interface {
	// Images are all images, the newest first, without labels and layers.
	Images(ctx context.Context) ([]inventory.Image, error)
	Labels(ctx context.Context, image, digest string) (map[string]string, error)
	// Content gives an image's labels, and its layers from the bottom.
	Content(ctx context.Context, image, digest string) (map[string]string, []inventory.Layer, error)
	// ReadFile reads a small file out of an image.
	ReadFile(ctx context.Context, image, digest, file string) ([]byte, error)
}

// Users tells who needs images.
type Users interface {
	// Uses are what the services of the region run.
	Uses(ctx context.Context) ([]release.Use, error)
	// Builds are those under way.
	Builds(ctx context.Context) ([]inventory.Build, error)
}

// Keeper looks after one repository.
type Keeper struct {
	Repository string // what references to its images begin with
	Registry   Registry
	Users      Users
	Remover    Remover
}

// Ref is the reference of an image by digest.
func (k Keeper) Ref(image, digest string) string { return k.Repository + "/" + image + "@" + digest }

// readers is how many images are read at once.
const readers = 16

// listStock lists the images, the revisions of the region and the builds under
// way. It reads no image.
func (k Keeper) listStock(ctx context.Context) (st inventory.Stock, err error) {
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		st.Images, err = k.Registry.Images(gctx)
		return err
	})
	g.Go(func() error { return k.listUsers(gctx, &st) })
	return st, g.Wait()
}

// listUsers lists what the services run and which builds are under way, now.
func (k Keeper) listUsers(ctx context.Context, st *inventory.Stock) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		st.Uses, err = k.Users.Uses(ctx)
		return err
	})
	g.Go(func() (err error) {
		st.Builds, err = k.Users.Builds(ctx)
		return err
	})
	return g.Wait()
}

// addContents adds the labels and layers of the wanted images. One that went
// meanwhile is left out; one that cannot be understood is not of ours, and stays
// as it is.
func (k Keeper) addContents(ctx context.Context, st *inventory.Stock, wanted func(inventory.Image) bool) error {
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
			labels, layers, err := k.Registry.Content(ctx, i.Package, i.Digest)
			switch {
			case err == nil:
				i.Labels, i.Layers = labels, layers
			case errs.KindOf(err) == errs.NotFound:
				mu.Lock()
				defer mu.Unlock()
				gone[i.Package+i.Digest] = true
			case errs.KindOf(err) != errs.Internal:
				return err
			}
			return nil
		})
	}
	err := g.Wait()
	st.Images = slices.DeleteFunc(st.Images, func(i inventory.Image) bool { return gone[i.Package+i.Digest] })
	return err
}

func isWheels(i inventory.Image) bool  { return i.Package == plan.Wheels }
func isRuntime(i inventory.Image) bool { return i.Package == plan.Runtime }
