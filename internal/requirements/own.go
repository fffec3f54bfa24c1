package requirements

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Project is what a project in the app's tree says of itself, see Sources.
type Project struct {
	Name     string    // normalised, "" when unknown
	Requires []Strings // its dependencies, with those of the extras asked for
	Files    []string  // pip's files with more of them
	Build    []Strings // what building it needs
	// Opaque says why only the project's build backend knows its dependencies; ""
	// when they are all in Requires and Files.
	Opaque string
}

// Own is a project of the app's own that a requirement names, such as `-e .` or
// ./libs/x. It goes into the app's layer. Of the wheels it decides no more than
// its dependencies, where it tells them itself.
type Own struct {
	Path     string `json:"path"` // slashed, relative to the app
	Name     string `json:"name,omitempty"`
	Editable bool   `json:"editable"`
	File     string `json:"file"` // that asks for it
	Line     int    `json:"line"`
	// Opaque says why every one of its files decides the wheels; "" when only its
	// dependencies do.
	Opaque string `json:"opaque,omitempty"`

	marker   string // "" = always
	settings Settings
	build    []Requirement
}

// own splits the app's own projects off the closure: their dependencies stand for
// them. read tells of a project in a folder of the app.
func (l *loader) own(read func(dir string, extras []string) (Project, error)) error {
	if read == nil { // each is taken for a source of wheels
		for _, r := range l.c.Requirements {
			if r.form.own {
				l.locals[r.form.local] = true
			}
		}
		return nil
	}
	seen := map[string]bool{}
	for i := 0; i < len(l.c.Requirements); i++ { // dependencies may name more of them
		r := l.c.Requirements[i]
		if !r.form.own {
			continue
		}
		l.at = errs.Place{File: r.File, Line: r.Line}
		p, err := read(r.form.local, r.Extras)
		switch {
		case err != nil && errs.PlaceOf(err) != nil:
			return err
		case err != nil:
			return errs.At(l.at, errs.HintOf(err), "%s: %w", r.form.local, err)
		}
		o := Own{
			Path: r.form.local, Name: cmp.Or(p.Name, r.Name), Editable: r.Editable, File: r.File, Line: r.Line, Opaque: p.Opaque,
			marker: r.form.marker, settings: r.ConfigSettings,
		}
		if o.build, err = l.apart(func() error { return l.eachStrings(p.Build) }); err != nil {
			return err
		}
		l.c.Own = mergeOwn(l.c.Own, o)
		if p.Opaque != "" {
			l.locals[o.Path] = true
			l.warn("%s: %s, so every change of its files makes new wheels; write its dependencies to [project] in its pyproject.toml", o.Path, p.Opaque)
			continue
		}
		l.c.Requirements[i].form.apart, l.c.Requirements[i].Name = true, o.Name
		key := fmt.Sprint(o.Path, r.Extras, r.form.marker)
		if seen[key] {
			continue
		}
		if seen[key] = true; len(seen) > maxFiles {
			return errs.At(l.at, "take one of them out of the circle", "the app's projects depend on each other in a circle of markers")
		}
		derived, err := l.apart(func() error {
			if err := l.eachStrings(p.Requires); err != nil {
				return err
			}
			return l.load(p.Files)
		})
		if err != nil {
			return err
		}
		for _, d := range derived {
			d.form.derived = true
			d.Marker, d.form.marker = both(d.Marker, r.Marker), both(d.form.marker, r.form.marker)
			l.c.Requirements = append(l.c.Requirements, d)
		}
	}
	return nil
}

// apart gives the requirements that do adds to the closure, and takes them out.
func (l *loader) apart(do func() error) ([]Requirement, error) {
	n := len(l.c.Requirements)
	err := do()
	added := slices.Clone(l.c.Requirements[n:])
	l.c.Requirements = l.c.Requirements[:n]
	return added, err
}

func (l *loader) eachStrings(all []Strings) error {
	for _, s := range all {
		if err := l.strings(s); err != nil {
			return err
		}
	}
	return nil
}

// both is the marker that holds when two do.
func both(a, b string) string {
	switch {
	case a == "" || a == b:
		return b
	case b == "":
		return a
	}
	return "(" + a + ") and (" + b + ")"
}

// provided says whether a requirement is met by a project of the app's own, and
// so must not come from an index.
func (c *Closure) provided(r Requirement) bool {
	return r.Name != "" && r.form.local == "" && r.form.url == "" && !r.Constraint &&
		slices.ContainsFunc(c.Own, func(o Own) bool { return o.Name == r.Name })
}

// limits says whether a dependency of a project is no more than a constraint:
// where hashes are checked, the requirement that has them is the one to install.
func (c *Closure) limits(r Requirement) bool {
	return r.form.derived && r.form.url == "" && len(r.Hashes) == 0 && c.HashChecking() &&
		slices.ContainsFunc(c.Requirements, func(q Requirement) bool { return q.Name == r.Name && len(q.Hashes) > 0 })
}

// MergeOwn gives the own projects of several closures, each once, sorted by path;
// one that is editable anywhere is editable. A nil closure has none.
func MergeOwn(closures ...*Closure) (all []Own) {
	for _, c := range closures {
		if c != nil {
			for _, o := range c.Own {
				all = mergeOwn(all, o)
			}
		}
	}
	return all
}

func mergeOwn(all []Own, o Own) []Own {
	i, found := slices.BinarySearchFunc(all, o, func(a, b Own) int { return cmp.Compare(a.Path, b.Path) })
	if !found {
		return slices.Insert(slices.Clone(all), i, o)
	}
	all = slices.Clone(all)
	have := &all[i]
	have.Editable = have.Editable || o.Editable
	switch {
	case have.marker == "" || o.marker == "":
		have.marker = ""
	case have.marker != o.marker:
		have.marker = "(" + have.marker + ") or (" + o.marker + ")"
	}
	if len(have.settings) == 0 {
		have.settings = o.settings
	}
	return all
}

// Install is the requirement line that installs the project from a tree at root, an
// absolute slash path. An editable one with a marker is not editable there: pip
// knows no such line.
func (o Own) Install(root string) string {
	at := root
	if o.Path != "." {
		at += "/" + o.Path
	}
	line := at
	if o.Editable && o.marker == "" {
		line = "-e " + quoteWord(at)
	} else if o.marker != "" {
		line += " ; " + o.marker
	}
	return line + settingsText(o.settings)
}

// CanonicalBuild is what building the projects needs, in the form of Canonical and
// with the closure's options. Hashes are not asked for: projects name none.
func (c *Closure) CanonicalBuild(own []Own) []byte {
	build := &Closure{Options: c.Options, index: c.index, extra: c.extra, localLinks: c.localLinks}
	build.Options.RequireHashes = false
	for _, o := range own {
		for _, r := range o.build {
			r.form.marker = both(r.form.marker, o.marker)
			build.Requirements = append(build.Requirements, r)
		}
	}
	text, _ := build.Canonical()
	return text
}
