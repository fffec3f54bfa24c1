package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Shelf is what removing images needs of the registry, and of who uses them.
type Shelf interface {
	// Users gives what the services run and which builds are under way, now.
	Users(ctx context.Context) ([]release.Use, []inventory.Build, error)
	// Tagged gives an image's tags as they are now; ok is false when it is gone.
	Tagged(ctx context.Context, image, digest string) (tags []string, ok bool, err error)
	// DeleteImage removes an image with its tags; false when an index is made of it.
	DeleteImage(ctx context.Context, image, digest string) (bool, error)
}

// Removal is how the removal of one image ended: well, with the reason why it
// stays, or with an error.
type Removal struct {
	inventory.Verdict
	Stays string
	Err   error
}

// removers is how many images are removed at once.
const removers = 8

// Remove does what was decided about a stock, phase by phase, and tells how each
// removal ended. The registry and the services go on changing meanwhile: before
// each phase it is decided again with what is used by then, and an image whose
// tags are not those that were judged stays. One that fails stops no other. The
// error is why it did not come to the end.
func Remove(ctx context.Context, shelf Shelf, st inventory.Stock, rules inventory.Rules, d inventory.Decision, progress func(inventory.Image)) ([]Removal, error) {
	var done []Removal
	for _, phase := range d.Phases() {
		var err error
		if st.Uses, st.Builds, err = shelf.Users(ctx); err != nil {
			return done, err
		}
		stays := map[string]string{}
		for _, v := range st.Prune(rules).Keep {
			stays[v.Image.Package+v.Image.Digest] = v.Reason
		}
		ends := make([]Removal, len(phase))
		var g errgroup.Group
		g.SetLimit(removers)
		for n, v := range phase {
			ends[n] = Removal{Verdict: v, Stays: stays[v.Image.Package+v.Image.Digest]}
			if ends[n].Stays == "" {
				g.Go(func() error {
					progress(v.Image)
					ends[n].Stays, ends[n].Err = remove(ctx, shelf, v.Image)
					return nil
				})
			}
		}
		_ = g.Wait() // the ends have the errors
		if ctx.Err() != nil {
			ends = slices.DeleteFunc(ends, func(r Removal) bool { return r.Err != nil })
		}
		if done = append(done, ends...); ctx.Err() != nil {
			return done, context.Cause(ctx)
		}
	}
	return done, nil
}

// remove removes an image, unless something has changed about it.
func remove(ctx context.Context, shelf Shelf, i inventory.Image) (stays string, err error) {
	tags, ok, err := shelf.Tagged(ctx, i.Package, i.Digest)
	switch {
	case err != nil:
		return "", err
	case !ok:
		return "it is gone already", nil
	case !slices.Equal(tags, i.Tags):
		return fmt.Sprintf("its tags have changed meanwhile, to %q", strings.Join(tags, " ")), nil
	}
	if ok, err = shelf.DeleteImage(ctx, i.Package, i.Digest); err == nil && !ok {
		return "an index is made of it", nil
	}
	return "", err
}
