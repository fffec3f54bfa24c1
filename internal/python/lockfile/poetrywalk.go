package lockfile

import (
	"maps"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// byWalk finds what the project's dependencies reach, in locks before 2.1. Where
// a dependency allows several of the locked versions, it means one that is there
// anyway: the walk is done again until that is settled.
func (k *poetryLock) byWalk(in input, project *poetryProject, l *Lock) error {
	start, ok := project.dependencies(in.group)
	if !ok {
		return noGroup(in)
	}
	byName := map[string][]int{}
	for i, p := range k.Packages {
		byName[pep508.Normal(p.Name)] = append(byName[pep508.Normal(p.Name)], i)
	}
	var before map[node]condition
	choose := func(found []int) []int {
		if before == nil {
			return nil
		}
		for _, i := range found {
			if before[node{i, ""}] != nil {
				return []int{i}
			}
		}
		return found[len(found)-1:] // the highest: versions are in order
	}
	var w *walk
	for range len(k.Packages) + 2 { // a bound for choices that call each other forth and back
		w = newWalk(in.env, func(n node) ([]edge, error) { return k.from(in, n, byName, choose) })
		for _, d := range start {
			if err := w.follow(k.edges(byName, d, d.marker, choose), always); err != nil {
				return placed(in, 0, err)
			}
		}
		same := func(condition, condition) bool { return true }
		if before != nil && maps.EqualFunc(before, w.when, same) {
			break
		}
		before = w.when
	}
	for i := range k.Packages {
		if when := w.when[node{i, ""}]; len(when) > 0 {
			if err := k.add(in, i, when.String(), l); err != nil {
				return err
			}
		}
	}
	return nil
}

// from are the dependencies of a package, or those that an extra of it adds.
func (k *poetryLock) from(in input, n node, byName map[string][]int, choose func([]int) []int) ([]edge, error) {
	p, env := k.Packages[n.pkg], in.env
	var named []string
	if n.extra != "" {
		env.Extras = []string{n.extra}
		for extra, texts := range p.Extras {
			if pep508.Normal(extra) == n.extra {
				named = texts
			}
		}
	}
	var out []edge
	for _, d := range poetryDependencies(p.Dependencies) {
		if d.optional != (n.extra != "") || d.optional && !slices.ContainsFunc(named, d.isNamed) {
			continue
		}
		// The marker asks for the extra of this very package.
		rest, holds, err := env.Reduce(d.marker)
		if err != nil {
			return nil, err
		}
		if holds {
			out = append(out, k.edges(byName, d, rest, choose)...)
		}
	}
	return out, nil
}

// edges are what a dependency means: where several versions are locked, the one
// that its constraint allows, or what choose makes of several.
func (k *poetryLock) edges(byName map[string][]int, d poetryDependency, marker string, choose func([]int) []int) []edge {
	found := byName[d.name]
	if len(found) > 1 {
		var fitting []int
		for _, i := range found {
			if allows(d.version, k.Packages[i].Version) {
				fitting = append(fitting, i)
			}
		}
		if len(fitting) > 0 {
			found = fitting
		}
		if len(found) > 1 {
			found = choose(found)
		}
	}
	var out []edge
	for _, i := range found {
		out = append(out, edge{i, d.extras, marker})
	}
	return out
}
