package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/gcp/registry"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// removers is how many images are removed at once.
const removers = 8

// remove does what was decided, phase by phase. The registry and the services go
// on changing meanwhile: before each phase it is decided again with what the
// services run and the builds need by then, and an image whose tags are not those
// that were judged is left alone. A removal that fails stops no other.
func (r *repository) remove(ctx context.Context, st inventory.Stock, rules inventory.Rules, d inventory.Decision, out *pruneReport, report ui.Reporter) error {
	report.Start("prune")
	defer report.Ended("prune")
	var gone []inventory.Image
	var first error
	for _, phase := range d.Phases() {
		stays, err := r.again(ctx, &st, rules)
		if err != nil {
			return err
		}
		ends := make([]removal, len(phase))
		var g errgroup.Group
		g.SetLimit(removers)
		for n, v := range phase {
			if ends[n].stays = stays[v.Image.Package+v.Image.Digest]; ends[n].stays == "" {
				g.Go(func() error {
					report.Log("prune", v.Image.Package+"@"+key.Short(v.Image.Digest))
					ends[n] = r.removeOne(ctx, v.Image)
					return nil
				})
			}
		}
		_ = g.Wait() // the ends have the errors
		for n, v := range phase {
			switch end := ends[n]; {
			case end.err != nil && ctx.Err() == nil:
				out.Failed = append(out.Failed, pruned(v, end.err.Error()))
				first = cmp.Or(first, end.err)
			case end.stays != "":
				out.Skipped = append(out.Skipped, pruned(v, end.stays))
			case end.err == nil:
				out.Remove = append(out.Remove, pruned(v, v.Reason))
				gone = append(gone, v.Image)
			}
		}
		out.Frees = st.Frees(gone)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	if first != nil {
		return errs.New(errs.Internal, errs.HintOf(first), "%d of %d images could not be removed: %w", len(out.Failed), len(d.Remove), first)
	}
	return nil
}

// removal is how the removal of one image ended: well, with a reason why it stays,
// or with an error.
type removal struct {
	stays string
	err   error
}

// again decides with what is used by now: why each image stays that does.
func (r *repository) again(ctx context.Context, st *inventory.Stock, rules inventory.Rules) (map[string]string, error) {
	g, gctx := errgroup.WithContext(ctx)
	uses, builds := *st, *st
	g.Go(func() error { return r.lookAtUses(gctx, &uses) })
	g.Go(func() error { return r.lookAtBuilds(gctx, &builds) })
	if err := g.Wait(); err != nil {
		return nil, err
	}
	st.Uses, st.Builds = uses.Uses, builds.Builds
	stays := map[string]string{}
	for _, v := range st.Prune(rules).Keep {
		stays[v.Image.Package+v.Image.Digest] = v.Reason
	}
	return stays, nil
}

// removeOne removes an image, unless something has changed about it.
func (r *repository) removeOne(ctx context.Context, i inventory.Image) removal {
	tags, ok, err := r.images.Tagged(ctx, i.Package, i.Digest)
	switch {
	case err != nil:
		return removal{err: err}
	case !ok:
		return removal{stays: "it is gone already"}
	case !slices.Equal(tags, i.Tags):
		return removal{stays: fmt.Sprintf("its tags have changed meanwhile, to %q", strings.Join(tags, " "))}
	}
	err = r.images.DeleteImage(ctx, i.Package, i.Digest)
	if errors.Is(err, registry.ErrPart) {
		return removal{stays: "an index is made of it"}
	}
	return removal{err: err}
}
