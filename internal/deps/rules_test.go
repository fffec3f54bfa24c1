package deps_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// rules are checked on a graph alone, so that they can be tested on made-up ones.
type rules struct {
	floors  []floor
	outside []outside
	pure    []line // import of effects only what the line allows
	apart   []apart
	clocks  []string // may read or wait for the system's clock
}

type floor struct {
	what  string
	lines []line
}

// line is a package, or all below one, and what of ours it may import, with
// spaces between.
type line struct{ path, imports string }

type outside struct{ paths, in, why string }

type apart struct{ from, to, why string }

var effects = []string{"context", "io/fs", "net", "net/http", "os", "os/exec", "syscall"}

// node is a package: one of ours has its path without the module's.
type node struct {
	ours    bool
	imports []string
	clock   []string // "file.go:12: time.Now"
}

type graph map[string]node

// check tells what in the graph breaks a rule, and what of the rules is idle.
func (r rules) check(g graph) (faults []string) {
	report := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	for _, path := range slices.Sorted(maps.Keys(g)) {
		n := g[path]
		if !n.ours {
			continue
		}
		at, l, ok := r.find(path)
		if !ok {
			report("%s is on no floor: give it a line in internal/deps/table_test.go, on the lowest floor that has all it imports", path)
			continue
		}
		for _, to := range n.imports {
			if g[to].ours {
				if below, _, _ := r.find(to); below > at {
					report("%s imports %s from a higher floor: %s", path, to, r.floors[below].what)
				} else if !matches(to, l.imports) {
					report("%s imports %s: its line does not allow that; on its floor is %s", path, to, r.floors[at].what)
				}
				continue
			}
			if fault := r.foreign(path, to); fault != "" {
				report("%s", fault)
			}
			for _, p := range r.pure {
				if p.path == path && slices.Contains(effects, to) && !matches(to, p.imports) {
					report("%s imports %s: it works on values, and has no effects", path, to)
				}
			}
		}
		if len(n.clock) > 0 && !covers(r.clocks, path) {
			report("%s uses the system's clock (%s): take the time, or a clock, from the caller", path, strings.Join(n.clock, ", "))
		}
		for _, a := range r.apart {
			if way := g.way(path, a.to); way != nil && matches(path, a.from) {
				report("%s reaches %s: %s", path, strings.Join(way, " → "), a.why)
			}
		}
	}
	for _, name := range r.names() {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(g)), func(path string) bool { return under(path, name) }) {
			report("%s, which a rule names, fits no package", name)
		}
	}
	return append(faults, g.cycles()...)
}

// names are all that the rules name.
func (r rules) names() []string {
	var all []string
	for _, f := range r.floors {
		for _, l := range f.lines {
			all = append(all, l.path, l.imports)
		}
	}
	for _, o := range r.outside {
		all = append(all, o.paths, o.in)
	}
	for _, p := range r.pure {
		all = append(all, p.path, p.imports)
	}
	for _, a := range r.apart {
		all = append(all, a.from, a.to)
	}
	all = append(all, r.clocks...)
	return strings.Fields(strings.Join(all, " "))
}

// find is the floor and the line of a package: its own, or the nearest above it.
func (r rules) find(path string) (at int, best line, ok bool) {
	for i, f := range r.floors {
		for _, l := range f.lines {
			if under(path, l.path) && (!ok || len(l.path) > len(best.path)) {
				at, best, ok = i, l, true
			}
		}
	}
	return at, best, ok
}

// foreign is the fault of an import that is not ours, or "".
func (r rules) foreign(path, to string) string {
	for _, o := range r.outside {
		if matches(to, o.paths) {
			if matches(path, o.in) {
				return ""
			}
			return fmt.Sprintf("%s imports %s: %s (in %s)", path, to, o.why, o.in)
		}
	}
	if host, _, _ := strings.Cut(to, "/"); strings.Contains(host, ".") {
		return fmt.Sprintf("%s imports %s: no rule of internal/deps/table_test.go says what it is for", path, to)
	}
	return ""
}

// matches tells whether the path is one of those in a list with spaces.
func matches(path, list string) bool {
	return slices.ContainsFunc(strings.Fields(list), func(p string) bool { return under(path, p) })
}

func covers(list []string, path string) bool { return matches(path, strings.Join(list, " ")) }

func under(path, pattern string) bool {
	root, all := strings.CutSuffix(pattern, "...")
	root = strings.TrimSuffix(root, "/")
	return path == root || all && (root == "" || strings.HasPrefix(path, root+"/"))
}
