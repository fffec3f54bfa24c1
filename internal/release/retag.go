package release

import (
	"cmp"
	"maps"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Latest is in a Retag the newest revision that is ready, whichever that is at a time.
const Latest = "LATEST"

// Retag is what is to change of the tags that revisions have.
type Retag struct {
	Set    map[string]string // the tag → the revision that has it from then on, or Latest
	Remove []string
	// Clear takes away all that are not set, but for those of previews and of what is tried.
	Clear bool
}

// None says that nothing is to change.
func (r Retag) None() bool { return len(r.Set) == 0 && len(r.Remove) == 0 && !r.Clear }

// Fill gives asked, and the rest of the traffic to what else has some of it now, in the
// same proportion. Where nothing is left, or asked is all of it, others have none.
func Fill(asked, now []Share) ([]Share, error) {
	left, named := 100, parts(nil)
	var all []Share
	for _, s := range asked {
		left -= s.Percent
		named[s.Revision] = s.Percent
		if s.Percent > 0 {
			all = append(all, Share{Revision: s.Revision, Percent: s.Percent})
		}
	}
	others, sum := parts(now), 0
	maps.DeleteFunc(others, func(name string, _ int) bool { _, ok := named[name]; return ok })
	for _, percent := range others {
		sum += percent
	}
	switch {
	case left < 0:
		return nil, errs.New(errs.Usage, "", "the shares are %d %% together, more than 100", 100-left)
	case left == 0:
		return all, nil
	case sum == 0:
		return nil, errs.New(errs.Usage, "Give shares that are 100 together.", "the shares are %d %% together, and no other revision has traffic to take the rest from", 100-left)
	}
	// Whole percents: what is cut off goes to those that lose most by it.
	names := slices.Sorted(maps.Keys(others))
	rest := left
	for _, name := range names {
		rest -= left * others[name] / sum
	}
	byLoss := slices.SortedStableFunc(slices.Values(names), func(a, b string) int {
		return cmp.Compare(left*others[b]%sum, left*others[a]%sum)
	})
	for _, name := range names {
		percent := left * others[name] / sum
		if slices.Index(byLoss, name) < rest {
			percent++
		}
		if percent > 0 {
			all = append(all, Share{Revision: name, Percent: percent})
		}
	}
	return all, nil
}
