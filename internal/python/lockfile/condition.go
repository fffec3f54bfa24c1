package lockfile

import (
	"slices"
	"strings"
)

// condition is when a package is installed, as far as the target leaves it
// open: any of several sets of markers, each of which must hold as a whole. nil
// is never; an empty set among them is always, and then it stands alone.
type condition []set

// set is sorted, without doubles.
type set []string

var always = condition{{}}

// maxSets bounds a condition. Real lock files have one or two.
const maxSets = 64

// and adds a marker to every set.
func (c condition) and(marker string) condition {
	if marker == "" {
		return c
	}
	var out condition
	for _, s := range c {
		if !slices.Contains(s, marker) {
			s = append(slices.Clone(s), marker)
			slices.Sort(s)
		}
		out, _ = out.or(condition{s})
	}
	return out
}

// or joins two conditions; changed tells that c was not already so wide.
func (c condition) or(d condition) (out condition, changed bool) {
	out = c
	for _, s := range d {
		if slices.ContainsFunc(out, func(have set) bool { return s.implies(have) }) {
			continue
		}
		out = append(slices.DeleteFunc(slices.Clone(out), func(have set) bool { return have.implies(s) }), s)
		changed = true
	}
	return out, changed
}

// implies says that whenever all of s hold, all of t do.
func (s set) implies(t set) bool {
	return !slices.ContainsFunc(t, func(m string) bool { return !slices.Contains(s, m) })
}

// String is the marker, "" for always.
func (c condition) String() string {
	var either []string
	for _, s := range c {
		var both []string
		for _, m := range s {
			if strings.Contains(m, " or ") && len(s) > 1 {
				m = "(" + m + ")"
			}
			both = append(both, m)
		}
		either = append(either, strings.Join(both, " and "))
	}
	slices.Sort(either)
	return strings.Join(either, " or ")
}
