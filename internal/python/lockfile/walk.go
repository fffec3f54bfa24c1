package lockfile

import (
	"errors"

	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// edge is a dependency on packages[to].
type edge struct {
	to     int
	extras []string // normalised
	marker string
}

// node is a package, or what one extra of it adds.
type node struct {
	pkg   int
	extra string
}

// walk finds what is reached from a project, and under which condition.
type walk struct {
	env   pep508.Environment
	edges func(node) ([]edge, error)
	when  map[node]condition
	known map[string]reduced
}

type reduced struct {
	rest  string
	holds bool
	err   error
}

func newWalk(env pep508.Environment, edges func(node) ([]edge, error)) *walk {
	return &walk{env: env, edges: edges, when: map[node]condition{}, known: map[string]reduced{}}
}

// reduce remembers: one lock file repeats few markers many times.
func (w *walk) reduce(marker string) reduced {
	r, ok := w.known[marker]
	if !ok {
		r.rest, r.holds, r.err = w.env.Reduce(marker)
		w.known[marker] = r
	}
	return r
}

// follow goes along the edges, and on from where they lead. It ends, since a
// condition only ever widens.
func (w *walk) follow(from []edge, under condition) error {
	for _, e := range from {
		r := w.reduce(e.marker)
		if r.err != nil {
			return r.err
		}
		if !r.holds {
			continue
		}
		when := under.and(r.rest)
		for _, extra := range append([]string{""}, e.extras...) {
			if err := w.visit(node{e.to, extra}, when); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *walk) visit(n node, when condition) error {
	all, changed := w.when[n].or(when)
	if !changed {
		return nil
	}
	if len(all) > maxSets {
		return errors.New("its markers are too entangled to be told apart")
	}
	w.when[n] = all
	next, err := w.edges(n)
	if err != nil {
		return err
	}
	return w.follow(next, all)
}
