package inventory

import (
	"cmp"
	"slices"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// Rules say what Prune keeps beside what is needed.
type Rules struct {
	Keep      int           // the newest of each family
	OlderThan time.Duration // nothing younger goes; 0 = no limit
	Now       time.Time
}

// Why is the rule by which an image stays or goes.
type Why string

// Why an image stays; the first that fits is given.
const (
	InUse    Why = "in_use"   // a revision runs it
	Building Why = "building" // a build that runs may need it
	Needed   Why = "needed"   // an app image that stays was made from it
	Newest   Why = "newest"   // of its family
	Young    Why = "young"
	Part     Why = "part"    // an index that stays is made of it
	Foreign  Why = "foreign" // not made by this program, or tagged by somebody
	Builder  Why = "builder" // this program for builds, of any version
)

// Why an image goes.
const (
	Old      Why = "old"      // it has a key, newer ones of its family stay
	Leftover Why = "leftover" // it has no key
)

// Verdict is what becomes of an image.
type Verdict struct {
	Image  Image
	Why    Why
	Reason string // for people
}

// Decision is what Prune would do. Remove is in the order to do it in.
type Decision struct {
	Remove, Keep []Verdict
	Frees        int64 // bytes of the layers that nothing else has
}

// Prune says what may go. It removes nothing that a revision runs, that a build
// under way names or may have seen, that an app image which stays was made from,
// that is new, or that this program did not make.
func (s Stock) Prune(r Rules) Decision {
	j := &judge{index: newIndex(s), rules: r, parts: s.Parts(), stays: map[*Image]Verdict{}}
	j.keepUsed()
	j.keepNeeded()
	j.keepForBuilds()
	j.keepOthers()
	j.keepNewest()
	j.keepYoung()
	j.keepNeeded()
	j.keepParts()
	j.keepLayers()
	var d Decision
	for n := range s.Images {
		i := &s.Images[n]
		if v, ok := j.stays[i]; ok {
			d.Keep = append(d.Keep, v)
		} else {
			d.Remove = append(d.Remove, j.removed(i))
		}
	}
	slices.SortStableFunc(d.Remove, func(a, b Verdict) int {
		return cmp.Or(cmp.Compare(a.Image.phase(), b.Image.phase()), a.Image.Uploaded.Compare(b.Image.Uploaded), cmp.Compare(a.Image.Digest, b.Image.Digest))
	})
	var goes []Image
	for _, v := range d.Remove {
		goes = append(goes, v.Image)
	}
	d.Frees = s.Frees(goes)
	return d
}

// Phases are the removals in groups, each to be done after the one before: apps,
// then what they were made from, so that a cut leaves nothing without its origin;
// of a package the indexes before their parts.
func (d Decision) Phases() (phases [][]Verdict) {
	for n, v := range d.Remove {
		if n == 0 || v.Image.phase() != d.Remove[n-1].Image.phase() {
			phases = append(phases, nil)
		}
		phases[len(phases)-1] = append(phases[len(phases)-1], v)
	}
	return phases
}

func (i Image) phase() int {
	rank := 2 * (1 + slices.Index([]string{plan.TestEnv, plan.Runtime, plan.Wheels, plan.System, plan.Layers}, i.Package))
	if len(i.Parts) == 0 {
		rank++
	}
	return rank
}

// Parts are the digests that an index is made of.
func (s Stock) Parts() map[string]bool {
	parts := map[string]bool{}
	for _, i := range s.Images {
		for _, p := range i.Parts {
			parts[p] = true
		}
	}
	return parts
}

// Frees is the size of the layers that nothing has without some images. Where
// the layers of an image were not read, it is the image's; an index has those of
// its parts.
func (s Stock) Frees(without []Image) (n int64) {
	leaves, parts, seen := map[string]bool{}, s.Parts(), map[string]bool{}
	for _, i := range without {
		leaves[i.Package+i.Digest] = true
	}
	for _, i := range s.Images {
		for _, l := range i.Layers {
			if !leaves[i.Package+i.Digest] {
				seen[l.Blob] = true
			}
		}
	}
	for _, i := range without {
		if len(i.Layers) == 0 && !parts[i.Digest] {
			n += i.Size
		}
		for _, l := range i.Layers {
			if !seen[l.Blob] {
				seen[l.Blob] = true
				n += l.Size
			}
		}
	}
	return n
}
