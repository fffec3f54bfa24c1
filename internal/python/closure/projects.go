package closure

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// maxAsked bounds how often the app's projects are asked for their dependencies.
const maxAsked = 1000

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
	if r.form.marker == "" {
		o.Declared = found.Requires
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
	if p.seen[key] = true; len(p.seen) > maxAsked {
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
