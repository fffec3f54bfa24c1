package lockfile

import (
	"fmt"
	"maps"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// uvLock is what matters of a uv.lock of version 1. Edges name a version and a
// source where the name alone is not enough.
type uvLock struct {
	Version        int      `toml:"version"`
	RequiresPython string   `toml:"requires-python"`
	Environments   []string `toml:"supported-markers"`
	Manifest       struct {
		Overrides        []any     `toml:"overrides"`
		Excludes         []any     `toml:"excludes"`
		BuildConstraints []uvLimit `toml:"build-constraints"`
	} `toml:"manifest"`
	Packages []uvPackage `toml:"package"`

	line   func(i int) int
	byName map[string][]int
}

type uvPackage struct {
	Name         string              `toml:"name"`
	Version      string              `toml:"version"`
	Source       uvSource            `toml:"source"`
	Dependencies []uvEdge            `toml:"dependencies"`
	Optional     map[string][]uvEdge `toml:"optional-dependencies"`
	Groups       map[string][]uvEdge `toml:"dev-dependencies"`
	Sdist        uvFile              `toml:"sdist"`
	Wheels       []uvFile            `toml:"wheels"`
	Metadata     uvMetadata          `toml:"metadata"`
}

type uvSource struct {
	Registry     string `toml:"registry"`
	Git          string `toml:"git"`
	URL          string `toml:"url"`
	Path         string `toml:"path"`
	Directory    string `toml:"directory"`
	Editable     string `toml:"editable"`
	Virtual      string `toml:"virtual"`
	Subdirectory string `toml:"subdirectory"`
}

type uvEdge struct {
	Name    string    `toml:"name"`
	Version string    `toml:"version"`
	Source  *uvSource `toml:"source"`
	Extra   []string  `toml:"extra"`
	Marker  string    `toml:"marker"`
}

type uvFile struct {
	URL      string `toml:"url"`
	Path     string `toml:"path"`
	Filename string `toml:"filename"`
	Hash     string `toml:"hash"`
}

// parseUV gives what `uv export --frozen --no-dev --no-emit-project` would.
func parseUV(in input) (*Lock, error) {
	u := &uvLock{byName: map[string][]int{}}
	if err := decodeTOML(in.file, in.data, u); err != nil {
		return nil, err
	}
	if u.Version != 1 {
		return nil, errs.At(errs.Place{File: in.file, Line: 1}, "Lock again with a uv that writes version 1, or export requirements.txt.", "version %d of uv.lock is not known", u.Version)
	}
	if err := in.demands(0, required{"requires-python", u.RequiresPython != ""}); err != nil {
		return nil, err
	}
	if err := in.admits(u.RequiresPython, 0); err != nil {
		return nil, err
	}
	if err := in.suits(u.Environments); err != nil {
		return nil, err
	}
	u.line = tableLines(in.data, "[[package]]", len(u.Packages))
	for i, p := range u.Packages {
		if err := in.demands(u.line(i), required{"name", p.Name != ""}, required{"source", p.Source != uvSource{}}); err != nil {
			return nil, err
		}
		u.byName[p.Name] = append(u.byName[p.Name], i)
	}
	root := slices.IndexFunc(u.Packages, func(p uvPackage) bool { return p.Source.folder() == in.member })
	if root < 0 {
		return nil, u.noProject(in)
	}
	w, err := u.reach(in, root)
	if err != nil {
		return nil, err
	}
	l := &Lock{Stale: u.stale(in, root), Groups: u.Packages[root].groups()}
	if own := u.Packages[root]; own.Source.Editable != "" && in.group == "" {
		l.Project = closure.Located{Text: own.Name, Line: u.line(root), Path: ".", Editable: true, Complete: true}
	}
	for i := range u.Packages {
		when := w.when[node{i, ""}]
		if len(when) == 0 || i == root || u.Packages[i].Source.Virtual != "" {
			continue
		}
		p, err := u.pkg(in, i)
		if err != nil {
			return nil, err
		}
		p.Marker = when.String()
		l.Packages = append(l.Packages, p)
	}
	l.limit(in, u.Manifest.BuildConstraints)
	l.Overrides = len(u.Manifest.Overrides)+len(u.Manifest.Excludes) > 0
	if len(u.Manifest.Overrides) > 0 {
		l.Notes = append(l.Notes, in.file+" overrides what packages ask for; pip, which builds the wheels, may refuse that")
	}
	return l.finish(in)
}

// reach walks from the root. Which extras are asked for is itself a marker
// where extras conflict, so the walk is done again until no more come in.
func (u *uvLock) reach(in input, root int) (*walk, error) {
	start := u.Packages[root].Dependencies
	env := in.env
	name := u.Packages[root].Name
	if in.group != "" {
		group, kind, ok := u.Packages[root].group(in.group)
		if !ok {
			return nil, noGroup(in)
		}
		start = group
		env.Extras = append(env.Extras, conflictName(kind, name, in.group))
	}
	for {
		w := newWalk(env, func(n node) ([]edge, error) {
			p := u.Packages[n.pkg]
			if n.extra == "" {
				return u.resolve(in, n.pkg, p.Dependencies)
			}
			for extra, edges := range p.Optional {
				if pep508.Normal(extra) == n.extra {
					return u.resolve(in, n.pkg, edges)
				}
			}
			return nil, nil
		})
		edges, err := u.resolve(in, root, start)
		if err == nil {
			err = w.follow(edges, always)
		}
		if err != nil {
			return nil, placed(in, u.line(root), err)
		}
		more := false
		for n := range w.when {
			if c := conflictName("extra", u.Packages[n.pkg].Name, n.extra); n.extra != "" && !slices.Contains(env.Extras, c) {
				env.Extras, more = append(env.Extras, c), true
			}
		}
		if !more {
			return w, nil
		}
	}
}

// conflictName is how uv writes an extra or group into a marker, so that those
// of different packages differ.
func conflictName(kind, pkg, name string) string {
	return pep508.Normal(fmt.Sprintf("%s-%d-%s-%s", kind, len(pkg), pkg, name))
}

func (p uvPackage) group(name string) (edges []uvEdge, kind string, ok bool) {
	for group, edges := range p.Groups {
		if pep508.Normal(group) == name {
			return edges, "group", true
		}
	}
	for extra, edges := range p.Optional {
		if pep508.Normal(extra) == name {
			return edges, "extra", true
		}
	}
	// One that brings nothing is in the metadata alone.
	return nil, "", slices.Contains(p.groups(), name)
}

func (p uvPackage) groups() []string {
	return names(slices.Collect(maps.Keys(p.Groups)), slices.Collect(maps.Keys(p.Optional)),
		slices.Collect(maps.Keys(p.Metadata.Groups)), p.Metadata.Extras)
}
