package release

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Setting is one of a service or a revision, for people to compare.
type Setting struct {
	Text   string
	Hidden bool // it may be a password: that it is another one is all there is to say
}

// Change is a setting that is not as it was, or will not be as it is. Path is a key of ours,
// with its section, or the target's own name of what no key is for.
type Change struct {
	Path   string  `json:"path"`
	Old    *string `json:"old,omitempty"` // nil = it is new
	New    *string `json:"new,omitempty"` // nil = it goes
	Hidden bool    `json:"hidden,omitempty"`
}

// Compare gives what differs, by path.
func Compare(old, now map[string]Setting) (all []Change) {
	paths := maps.Clone(old)
	if paths == nil {
		paths = map[string]Setting{}
	}
	maps.Copy(paths, now)
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		before, was := old[path]
		after, is := now[path]
		if was && is && before == after {
			continue
		}
		c := Change{Path: path, Hidden: before.Hidden || after.Hidden}
		if was {
			c.Old = c.shown(before)
		}
		if is {
			c.New = c.shown(after)
		}
		all = append(all, c)
	}
	return all
}

func (c Change) shown(s Setting) *string {
	if c.Hidden {
		s.Text = "****"
	}
	return &s.Text
}

// String is a change in one line.
func (c Change) String() string {
	switch {
	case c.Old == nil && c.Hidden:
		return c.Path + " is new"
	case c.Old == nil:
		return fmt.Sprintf("%s %s is new", c.Path, *c.New)
	case c.New == nil:
		return c.Path + " is gone"
	case c.Hidden:
		return c.Path + " is another"
	}
	return fmt.Sprintf("%s %s → %s", c.Path, *c.Old, *c.New)
}

// most is how many settings Summary names.
const most = 5

// Summary is what changes in a few words, after the names of the settings: "memory, 2 of
// env". "" = nothing does.
func Summary(all []Change) string {
	var order []string
	count := map[string]int{}
	for _, c := range all {
		name := c.Path
		if _, below, ok := strings.Cut(c.Path, "."); ok {
			name, _, _ = strings.Cut(below, ".")
		}
		if count[name] == 0 {
			order = append(order, name)
		}
		count[name]++
	}
	var words []string
	for n, name := range order {
		if n == most {
			words = append(words, fmt.Sprintf("%d more", len(order)-n))
			break
		}
		if count[name] > 1 {
			name = fmt.Sprintf("%d of %s", count[name], name)
		}
		words = append(words, name)
	}
	return strings.Join(words, ", ")
}
