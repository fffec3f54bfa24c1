package closure

import (
	"path/filepath"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
	"github.com/gcpdeploy/gcpdeploy/internal/python/reqfile"
)

// loader gathers a closure.
type loader struct {
	dir    string
	files  reqfile.Reader
	c      *Closure
	locals map[string]bool
	at     errs.Place // of the line being read
	raw    string     // its text, before variables were replaced

	noBinary, onlyBinary    choice
	allReleases, onlyFinals choice
}

// Load reads requirement files (slashed, relative to dir; empty names are
// skipped) with everything they include, and gives their closure. lookup is the
// environment for ${NAME}; nil has none. Errors are errs.Usage with their place.
func Load(dir string, files []string, lookup func(string) (string, bool)) (*Closure, error) {
	return LoadAll(dir, Sources{Files: files}, lookup)
}

func newLoader(dir string, lookup func(string) (string, bool)) (*loader, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, errs.New(errs.Internal, "", "finding the app's directory: %w", err)
	}
	if lookup == nil {
		lookup = func(string) (string, bool) { return "", false }
	}
	l := &loader{
		dir: abs, locals: map[string]bool{},
		noBinary: choice{}, onlyBinary: choice{}, allReleases: choice{}, onlyFinals: choice{},
		c: &Closure{Options: Options{IndexURLs: []string{}, FindLinks: []string{}, TrustedHosts: []string{}, NoBinary: []string{}, OnlyBinary: []string{}}},
	}
	l.files = reqfile.Reader{Dir: abs, Lookup: lookup, Do: l.statement}
	return l, nil
}

func (l *loader) load(files []string) error {
	for _, name := range files {
		if name == "" {
			continue
		}
		if err := l.files.Read(name); err != nil {
			return err
		}
	}
	return nil
}

// statement takes a line of a requirements file.
func (l *loader) statement(s reqfile.Statement) *pep508.Fault {
	l.at, l.raw = errs.Place{File: s.File, Line: s.Number}, s.Raw
	if f := l.choices(s.Uses); f != nil {
		return f
	}
	switch s.Kind {
	case reqfile.Requirement, reqfile.Editable:
		return l.add(s)
	case reqfile.Options:
		return l.globals(s)
	}
	return nil
}

// add appends a requirement to the closure.
func (l *loader) add(s reqfile.Statement) *pep508.Fault {
	r := newRequirement(s.Value, s.File, s.Number)
	r.Constraint, r.Editable = s.Constraint, s.Kind == reqfile.Editable
	var bad *pep508.Fault
	switch {
	case r.Editable && r.Constraint:
		return pep508.Faultf(s.At, "move the line to a requirements file", "a constraint cannot be editable")
	case r.Editable:
		if bad = l.editable(&r, s.Value); bad != nil {
			bad.At = s.At // quoting has moved the rest
		}
	default:
		bad = l.requirement(&r, s.Value)
	}
	if bad != nil {
		return bad
	}
	for _, u := range s.Uses {
		switch u.Name {
		case "--hash":
			bad = addHash(r.Hashes, u)
		case "--config-settings":
			bad = r.ConfigSettings.add(u)
		}
		if bad != nil {
			return bad
		}
	}
	switch {
	case r.Constraint && r.Name == "":
		return pep508.Faultf(0, "write NAME==VERSION, or NAME @ URL", "a constraint needs a name")
	case r.Constraint && len(r.Extras) > 0:
		return pep508.Faultf(0, "remove ["+strings.Join(r.Extras, ",")+"] here, and ask for it in a requirements file", "a constraint cannot have extras")
	}
	l.c.Requirements = append(l.c.Requirements, r)
	return nil
}
