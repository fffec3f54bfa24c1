package stock

import (
	"cmp"
	"context"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// Prune is what was decided about the images of a repository.
type Prune struct {
	keeper   Keeper
	stock    inventory.Stock
	rules    inventory.Rules
	decision inventory.Decision
}

// Pruned is what a prune comes to. What was to be removed and was not is in
// Skipped, where something keeps it, and in Failed.
type Pruned struct {
	Removed, Kept   []inventory.Verdict
	Skipped, Failed []Removal
	Frees           int64 // bytes that nothing else has
}

// PlanPrune decides what may go, and changes nothing.
func (k Keeper) PlanPrune(ctx context.Context, rules inventory.Rules) (Prune, error) {
	st, err := k.listStock(ctx)
	if err != nil {
		return Prune{}, err
	}
	parts := st.Parts()
	err = k.addContents(ctx, &st, func(i inventory.Image) bool {
		return i.Package != plan.Builder && i.Package != plan.Leases && !parts[i.Digest]
	})
	return Prune{k, st, rules, st.Prune(rules)}, err
}

// Preview is what Apply comes to, if nothing changes meanwhile.
func (p Prune) Preview() Pruned {
	return Pruned{Removed: p.decision.Remove, Kept: p.decision.Keep, Frees: p.decision.Frees}
}

// Apply removes what may go; progress hears of each image. With an error it tells
// what was done, too.
func (p Prune) Apply(ctx context.Context, progress func(inventory.Image)) (Pruned, error) {
	ends, err := p.keeper.remove(ctx, p.stock, p.rules, p.decision, progress)
	done := Pruned{Kept: p.decision.Keep}
	var gone []inventory.Image
	for _, end := range ends {
		switch {
		case end.Err != nil:
			done.Failed = append(done.Failed, end)
		case end.Stays != "":
			done.Skipped = append(done.Skipped, end)
		default:
			done.Removed = append(done.Removed, end.Verdict)
			gone = append(gone, end.Image)
		}
	}
	done.Frees = p.stock.Frees(gone)
	return done, cmp.Or(err, failure(done.Failed, len(ends)))
}

// failure is the error of a prune in which some removals failed.
func failure(failed []Removal, of int) error {
	if len(failed) == 0 {
		return nil
	}
	// The kind is this one's: that something of it failed, not how.
	first := failed[0].Err
	return errs.New(errs.Internal, errs.HintOf(first), "%d of %s could not be removed: %w", len(failed), ui.Count(of, "image"), first)
}
