package release

import (
	"fmt"
	"maps"
	"slices"
)

// Setting is one of a revision, for people to compare.
type Setting struct {
	Text   string
	Hidden bool // it may be a password: that it is another one is all there is to say
}

// Change is a setting that is not as it was. Old is zero where it is new, and New where it
// is gone.
type Change struct {
	Name     string
	Old, New *Setting
}

// Compare gives what differs, by name.
func Compare(old, now map[string]Setting) (all []Change) {
	names := maps.Clone(old)
	if names == nil {
		names = map[string]Setting{}
	}
	maps.Copy(names, now)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		c := Change{Name: name}
		if s, ok := old[name]; ok {
			c.Old = &s
		}
		if s, ok := now[name]; ok {
			c.New = &s
		}
		if c.Old == nil || c.New == nil || *c.Old != *c.New {
			all = append(all, c)
		}
	}
	return all
}

// String is a change in one line.
func (c Change) String() string {
	switch {
	case c.Old == nil && c.New.Hidden:
		return c.Name + " is new"
	case c.Old == nil:
		return fmt.Sprintf("%s %s is new", c.Name, c.New.Text)
	case c.New == nil:
		return c.Name + " is gone"
	case c.Old.Hidden || c.New.Hidden:
		return c.Name + " is another"
	}
	return fmt.Sprintf("%s %s → %s", c.Name, c.Old.Text, c.New.Text)
}
