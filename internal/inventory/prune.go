package inventory

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// Rules say what Prune keeps beside what is needed.
type Rules struct {
	Keep      int           // the newest of each family
	OlderThan time.Duration // nothing younger goes; 0 = no limit
	Now       time.Time
}

// What a run may have seen shortly before its build was created, and how long the
// leftovers of a build may still be of use: finished wheels to the next try, a
// run's tag to a build that cannot be seen.
const (
	margin = time.Hour
	grace  = 24 * time.Hour
)

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

// judge collects verdicts. An image that one rule keeps, stays.
type judge struct {
	*index
	rules Rules
	parts map[string]bool // digests that an index is made of
	stays map[*Image]Verdict
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
	rank := 2 * (1 + slices.Index([]string{plan.TestEnv, plan.Runtime, plan.Wheels}, i.Package))
	if len(i.Parts) == 0 {
		rank++
	}
	return rank
}

func (j *judge) keep(i *Image, why Why, format string, args ...any) {
	if _, ok := j.stays[i]; !ok {
		j.stays[i] = Verdict{*i, why, fmt.Sprintf(format, args...)}
	}
}

func (j *judge) keepUsed() {
	for _, u := range j.Uses {
		for _, ref := range u.Images {
			for _, i := range j.named(ref) {
				j.keep(i, InUse, "%s runs it", cmp.Or(u.Revision, u.Service))
			}
		}
	}
}

// keepNeeded keeps what the app images that stay so far were made from.
func (j *judge) keepNeeded() {
	for n := range j.Images {
		app := &j.Images[n]
		if _, ok := j.stays[app]; !ok || !app.App() {
			continue
		}
		for _, i := range j.needs(app) {
			j.keep(i, Needed, "%s@%s was made from it", app.Package, brief(app.Digest))
		}
	}
}

func (j *judge) keepForBuilds() {
	for _, b := range j.Builds {
		names := map[string]bool{}
		for _, n := range b.Names {
			names[n] = true
		}
		for n := range j.Images {
			i := &j.Images[n]
			if names[i.Digest] || slices.ContainsFunc(i.Tags, func(t string) bool { return names[t] || t == "run-"+b.ID }) {
				j.keep(i, Building, "build %s, which runs, names it", b.ID)
			} else if i.Uploaded.After(b.Began.Add(-margin)) {
				j.keep(i, Building, "it may be of build %s, which runs", b.ID)
			}
		}
	}
}

func (j *judge) keepOthers() {
	for n := range j.Images {
		i := &j.Images[n]
		if i.Package == plan.Builder {
			j.keep(i, Builder, "builds of any version of gcpdeploy may run it")
		}
		for _, t := range i.Tags {
			if !ours(t) {
				j.keep(i, Foreign, "its tag %s is not of gcpdeploy", t)
			}
		}
		if _, made := i.Made(); i.App() && !made && !j.parts[i.Digest] {
			j.keep(i, Foreign, "it does not say that gcpdeploy made it")
		}
	}
}

// keepNewest keeps the newest of each family that have a key.
func (j *judge) keepNewest() {
	families := map[string][]*Image{}
	for n := range j.Images {
		if i := &j.Images[n]; len(i.Keys()) > 0 {
			name := i.Package + " " + j.family(i)
			families[name] = append(families[name], i)
		}
	}
	for _, family := range families {
		slices.SortFunc(family, func(a, b *Image) int {
			return cmp.Or(b.Uploaded.Compare(a.Uploaded), cmp.Compare(a.Digest, b.Digest))
		})
		for _, i := range family[:min(j.rules.Keep, len(family))] {
			j.keep(i, Newest, "it is among the newest %d of %s", j.rules.Keep, j.familyName(i))
		}
	}
}

func (j *judge) familyName(i *Image) string { return cmp.Or(brief(j.family(i)), "their kind") }

func (j *judge) keepYoung() {
	for n := range j.Images {
		i := &j.Images[n]
		age := j.rules.Now.Sub(i.Uploaded)
		if age < j.rules.OlderThan {
			j.keep(i, Young, "it is younger than %v", j.rules.OlderThan)
		} else if len(i.Keys()) == 0 && !j.parts[i.Digest] && age < grace {
			j.keep(i, Young, "it is of a build of the last %v", grace)
		}
	}
}

// keepParts keeps what the indexes that stay are made of. A part without a tag
// has no say of its own.
func (j *judge) keepParts() {
	for n := range j.Images {
		if i := &j.Images[n]; j.stays[i].Why != "" {
			for _, digest := range i.Parts {
				if p := j.at(i.Package, digest); p != nil {
					j.keep(p, Part, "%s is made of it", brief(i.Digest))
				}
			}
		}
	}
}

func (j *judge) removed(i *Image) Verdict {
	switch {
	case len(i.Keys()) > 0:
		return Verdict{*i, Old, "not in use, and not among the newest " + fmt.Sprint(j.rules.Keep) + " of " + j.familyName(i)}
	case i.Partial() != "":
		return Verdict{*i, Leftover, "finished wheels of a build that failed"}
	case len(i.Tags) > 0:
		return Verdict{*i, Leftover, "left over from " + strings.Join(i.Tags, ", ")}
	}
	return Verdict{*i, Leftover, "no tag leads to it"}
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
