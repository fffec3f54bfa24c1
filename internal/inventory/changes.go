package inventory

import (
	"cmp"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// Changes says what of packages is not as it was then: another version, or made of
// something else, where both say of what. It is sorted by name, and never nil.
func Changes(then, now []Package) []plan.Changed {
	list := []plan.Changed{}
	old := map[string]Package{}
	for _, m := range then {
		old[m.Name] = m
	}
	for _, m := range now {
		was, ok := old[m.Name]
		delete(old, m.Name)
		if !ok || was.Version != m.Version || was.BuildKey != "" && m.BuildKey != "" && was.BuildKey != m.BuildKey {
			list = append(list, plan.Changed{Name: m.Name, Old: was.Version, New: m.Version})
		}
	}
	for _, m := range old {
		list = append(list, plan.Changed{Name: m.Name, Old: m.Version})
	}
	slices.SortFunc(list, func(a, b plan.Changed) int { return cmp.Compare(a.Name, b.Name) })
	return list
}
