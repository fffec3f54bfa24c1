package stock

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
)

// Remover removes images.
type Remover interface {
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

// remove does what was decided about a stock, phase by phase, and tells how each
// removal ended. The registry and the services go on changing meanwhile: before
// each phase it is decided again with what is used by then, and an image whose
// tags are not those that were judged stays. One that fails stops no other. The
// error is why it did not come to the end.
func (k Keeper) remove(ctx context.Context, st inventory.Stock, rules inventory.Rules, d inventory.Decision, progress func(inventory.Image)) ([]Removal, error) {
	var done []Removal
	for _, phase := range d.Phases() {
		if err := k.listUsers(ctx, &st); err != nil {
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
					ends[n].Stays, ends[n].Err = k.removeImage(ctx, v.Image)
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

// removeImage removes an image, unless something has changed about it.
func (k Keeper) removeImage(ctx context.Context, i inventory.Image) (stays string, err error) {
	tags, ok, err := k.Remover.Tagged(ctx, i.Package, i.Digest)
	switch {
	case err != nil:
		return "", err
	case !ok:
		return "it is gone already", nil
	case !slices.Equal(tags, i.Tags):
		return fmt.Sprintf("its tags have changed meanwhile, to %q", strings.Join(tags, " ")), nil
	}
	if ok, err = k.Remover.DeleteImage(ctx, i.Package, i.Digest); err == nil && !ok {
		return "an index is made of it", nil
	}
	return "", err
}
