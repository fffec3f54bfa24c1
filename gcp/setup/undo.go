package setup

import (
	"context"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/gcp/rights"
)

// Undo gives the steps that remove what setup made, in their order: the reverse of
// making. What has no mark stays, and so does what other regions use. APIs stay
// enabled: whether others have begun to use one cannot be seen.
func Undo(ctx context.Context, c Cloud, s Spec, steps []Step) (undo []Step, err error) {
	elsewhere, err := otherRegions(ctx, c, s)
	if err != nil {
		return nil, err
	}
	gone := map[string]bool{} // members that go
	for _, step := range steps {
		if a, ok := step.Resource.(account); ok && step.Ours && !elsewhere {
			gone["serviceAccount:"+a.email] = true
		}
	}
	for _, step := range slices.Backward(steps) {
		switch r := step.Resource.(type) {
		case account:
			if gone["serviceAccount:"+r.email] {
				undo = append(undo, step)
			}
		case grants:
			own := r.of(gone)
			if len(own.grants) > 0 && step.Found != Missing && !slices.ContainsFunc(steps, func(s Step) bool { return s.Ours && holds(s.Resource, r) }) {
				step.Resource, step.Detail = own, told(own.grants)
				undo = append(undo, step)
			}
		default:
			if step.Ours || step.Added {
				undo = append(undo, step)
			}
		}
	}
	return undo, nil
}

// holds says whether a resource goes together with the roles on it.
func holds(r Resource, on grants) bool {
	switch r := r.(type) {
	case repository:
		return on.on == rights.Repository
	case bucket:
		return on.on == rights.SourceBucket && r.name == on.spec.SourceBucket || on.on == rights.LogsBucket && r.name == on.spec.LogsBucket
	case account:
		return on.on == rights.BuildsAccount && r.email == on.spec.Builds || on.on == rights.AppAccount && r.email == on.spec.App ||
			on.on == rights.PullsAccount && r.email == on.spec.PullRequests
	}
	return false
}

// otherRegions says whether setup was done for another region, too: it has buckets
// there.
func otherRegions(ctx context.Context, c Cloud, s Spec) (bool, error) {
	all, err := c.Storage.Buckets(ctx, s.Project, "")
	for name, b := range all {
		if b.Labels[Label] == LabelValue && name != s.SourceBucket && name != s.LogsBucket {
			return true, err
		}
	}
	return false, err
}
