package source

import (
	"slices"
	"strings"
)

// Takes says whether an absolute folder would go up: whether it is there or not,
// it lies in the tree and no rule leaves it out.
func (t *Tree) Takes(dir string) bool {
	rel, err := t.relative(dir)
	if err != nil {
		return false
	}
	names := strings.Split(rel, "/")
	if slices.ContainsFunc(names, leftover) {
		return false
	}
	if t.rules.none && slices.ContainsFunc(names, func(n string) bool { return builtin(n) != "" }) {
		return false
	}
	for n := range names {
		if r := t.rules.decide(names[:n+1], true); r != nil && !r.negated {
			return false
		}
	}
	return true
}
