package inventory

import (
	"cmp"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Wheels is a wheels image that deploys can find: one with a key, or with the
// finished wheels of a build that failed.
type Wheels struct {
	Image
	W       []string // wheels keys that lead to it; the beginning of one for a partial image
	C       []string // its content key
	Partial bool
	UsedBy  []release.Use
}

// Wheels gives the wheels images, the newest first, with the revisions whose
// packages came from them.
func (s Stock) Wheels() []Wheels {
	x := newIndex(s)
	users := x.users()
	known := x.wheelsKeys()
	var all []Wheels
	for n := range s.Images {
		i := &s.Images[n]
		keys := i.Keys()
		if i.Package != plan.Wheels || len(keys) == 0 && i.Partial() == "" {
			continue
		}
		w := Wheels{Image: *i, UsedBy: users[i]}
		if len(keys) == 0 {
			w.Partial, w.W = true, []string{i.Partial()}
		}
		for _, k := range keys {
			if known[k] {
				w.W = append(w.W, k)
			} else {
				w.C = append(w.C, k)
			}
		}
		if len(w.W) == 0 { // nothing says which is which
			w.W, w.C = w.C, nil
		}
		all = append(all, w)
	}
	slices.SortFunc(all, func(a, b Wheels) int {
		return cmp.Or(b.Uploaded.Compare(a.Uploaded), cmp.Compare(a.Digest, b.Digest))
	})
	return all
}

// users are the revisions of each wheels image.
func (x *index) users() map[*Image][]release.Use {
	users := map[*Image][]release.Use{}
	for _, u := range x.Uses {
		for _, ref := range u.Images {
			for _, app := range x.named(ref) {
				if w := x.wheelsOf(app); w != nil && !slices.ContainsFunc(users[w], func(other release.Use) bool { return same(u, other) }) {
					users[w] = append(users[w], u)
				}
			}
		}
	}
	return users
}

func same(a, b release.Use) bool { return a.Service == b.Service && a.Revision == b.Revision }

// wheelsKeys are the keys that an image somewhere calls its wheels key.
func (x *index) wheelsKeys() map[string]bool {
	known := map[string]bool{}
	for n := range x.Images {
		i := &x.Images[n]
		known[i.Labels[wheelsLabel]] = true
		if i.Package == plan.Wheels {
			known[i.Key().Hash] = true
		}
		if made, ok := i.Made(); ok {
			known[made.Wheels.Hash] = true
		}
	}
	return known
}

// Used are the digests of the images that revisions run.
func (s Stock) Used() map[string]bool {
	x := newIndex(s)
	used := map[string]bool{}
	for _, u := range s.Uses {
		for _, ref := range u.Images {
			for _, i := range x.named(ref) {
				used[i.Digest] = true
			}
		}
	}
	return used
}
