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

	complete bool   // nobody has to ask for its dependencies
	marker   string // "" = always
	settings Settings
	build    []Requirement
}

// projects splits the app's own projects off a closure.
type projects struct {
	*loader
	read func(dir string, extras []string) (Project, error)
	seen map[string]bool // what was expanded
}

// own lets the dependencies of the app's own projects stand for them. read tells
// of a project in a folder of the app.
func (l *loader) own(read func(dir string, extras []string) (Project, error)) error {
	p := projects{l, read, map[string]bool{}}
	for i := 0; i < len(l.c.Requirements); i++ { // which dependencies are added to
		switch r := l.c.Requirements[i]; {
		case !r.form.own:
		case read == nil: // each is taken for a source of wheels
			l.locals[r.form.local] = true
		default:
			if err := p.add(i); err != nil {
				return err
			}
		}
		if i == len(l.c.Requirements)-1 {
			if err := p.extras(); err != nil {
				return err
			}
		}
	}
	return nil
}

// add notes the project that a requirement names.
func (p projects) add(i int) error {
	r := &p.c.Requirements[i]
	p.at = errs.Place{File: r.File, Line: r.Line}
	found, err := p.ask(r.form.local, r.Extras)
	if err != nil {
		return err
	}
	o := Own{
		Path: r.form.local, Name: cmp.Or(found.Name, r.Name), Editable: r.Editable, File: r.File, Line: r.Line, Opaque: found.Opaque,
		marker: r.form.marker, settings: r.ConfigSettings,
	}
	if r.form.complete {
		o.Opaque, o.complete = "", true
	}
	if o.Opaque != "" {
		p.locals[o.Path] = true
		p.warn("%s: %s, so every change of its files makes new wheels; write its dependencies to [project] in its pyproject.toml", o.Path, found.Opaque)
	} else {
		r.form.apart = true
	}
	by := *r
	if o.build, err = p.apart(func() error { return p.eachStrings(found.Build) }); err != nil {
		return err
	}
	p.c.Own = mergeOwn(p.c.Own, o)
	if o.complete {
		return nil
	}
	return p.expand(o.Path, found, by)
}

// extras adds what others ask of the app's own projects by name, as in NAME[EXTRA].
func (p projects) extras() error {
	for _, r := range slices.Clone(p.c.Requirements) {
		if o := p.c.provider(r); o != nil && !o.complete && len(r.Extras) > 0 {
			p.at = errs.Place{File: r.File, Line: r.Line}
			found, err := p.ask(o.Path, r.Extras)
			if err == nil {
				err = p.expand(o.Path, found, r)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (p projects) ask(dir string, extras []string) (Project, error) {
	found, err := p.read(dir, extras)
	if err != nil && errs.PlaceOf(err) == nil {
		err = errs.At(p.at, errs.HintOf(err), "%s: %w", dir, err)
	}
	return found, err
}

// expand adds a project's dependencies, which are needed where by is.
func (p projects) expand(dir string, found Project, by Requirement) error {
	key := fmt.Sprint(dir, by.Extras, by.form.marker)
	if p.seen[key] {
		return nil
	}
	if p.seen[key] = true; len(p.seen) > maxFiles {
		return errs.At(p.at, "take one of them out of the circle", "the app's projects depend on each other in a circle of markers")
	}
	added, err := p.apart(func() error {
		if err := p.eachStrings(found.Requires); err != nil {
			return err
		}
		return p.load(found.Files)
	})
	for _, r := range added {
		r.form.derived = true
		r.Marker, r.form.marker = both(r.Marker, by.Marker), both(r.form.marker, by.form.marker)
		p.c.Requirements = append(p.c.Requirements, r)
	}
	return err
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

// provider is the project of the app's own that meets a requirement, which must
// not come from an index then; nil for none.
func (c *Closure) provider(r Requirement) *Own {
	if r.Name == "" || r.form.local != "" || r.form.url != "" || r.Constraint {
		return nil
	}
	for i, o := range c.Own {
		if o.Name == r.Name && o.Opaque == "" { // else pip sees both, and knows
			return &c.Own[i]
		}
	}
	return nil
}

// Asks says whether there is anything to install but the app's own projects.
func (c *Closure) Asks() bool { return slices.ContainsFunc(c.Requirements, c.installs) }

// Unhashed gives the first requirement that has no hash, of those that are
// installed from wheels.
func (c *Closure) Unhashed() (Requirement, bool) {
	for _, r := range c.Requirements {
		if len(r.Hashes) == 0 && c.installs(r) && !c.limits(r) {
			return r, true
		}
	}
	return Requirement{}, false
}

func (c *Closure) installs(r Requirement) bool {
	return !r.Constraint && !r.form.apart && c.provider(r) == nil
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
