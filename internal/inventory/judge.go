package inventory

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// What a run may have seen shortly before its build was created, and how long the
// leftovers of a build may still be of use: finished wheels to the next try, a
// run's tag to a build that cannot be seen.
const (
	margin = time.Hour
	grace  = 24 * time.Hour
)

// judge collects verdicts. An image that one rule keeps, stays.
type judge struct {
	*index
	rules Rules
	parts map[string]bool // digests that an index is made of
	stays map[*Image]Verdict
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
			} else if i.Package == plan.System {
				j.keep(i, Building, "build %s, which runs, may make a runtime of it", b.ID)
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
		if i := &j.Images[n]; len(i.Keys()) > 0 && i.Package != plan.Layers {
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

func (j *judge) familyName(i *Image) string { return cmp.Or(brief(j.family(i)), "its kind") }

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

// keepLayers keeps the layers that images which stay have, so that others can have them
// as well. A build that runs may have found any of them.
func (j *judge) keepLayers() {
	users := map[string]*Image{}
	for n := range j.Images {
		if i := &j.Images[n]; j.stays[i].Why != "" && i.Package != plan.Layers {
			for _, l := range i.Layers {
				users[l.Blob] = i
			}
		}
	}
	for n := range j.Images {
		i := &j.Images[n]
		if i.Package != plan.Layers {
			continue
		}
		if len(i.Layers) == 0 {
			j.keep(i, Foreign, "what is in it cannot be read")
		}
		for _, l := range i.Layers {
			if u := users[l.Blob]; u != nil {
				j.keep(i, Needed, "%s@%s has it", u.Package, brief(u.Digest))
			}
		}
		if len(j.Builds) > 0 {
			j.keep(i, Building, "build %s, which runs, may take it", j.Builds[0].ID)
		}
	}
}

func (j *judge) removed(i *Image) Verdict {
	switch {
	case i.Package == plan.Layers:
		return Verdict{*i, Old, "no image that stays has this layer"}
	case len(i.Keys()) > 0:
		return Verdict{*i, Old, "not in use, and not among the newest " + fmt.Sprint(j.rules.Keep) + " of " + j.familyName(i)}
	case i.Partial() != "":
		return Verdict{*i, Leftover, "finished wheels of a build that failed"}
	case len(i.Tags) > 0:
		return Verdict{*i, Leftover, "left over from " + strings.Join(i.Tags, ", ")}
	}
	return Verdict{*i, Leftover, "no tag leads to it"}
}
