// Package lockfile reads the lock files of uv, Poetry, PDM and Pipenv, and
// pylock.toml (PEP 751), and gives what each of them installs on one target: the
// requirements that those tools' own exports would give there, each with its
// version, hashes and line. It reads text, asks no network and runs no tool. It
// does not judge which of several sources counts; detect and engine do. Requirements takes
// what it gives.
package lockfile

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// Lock is what one lock file installs on a target.
type Lock struct {
	File     string // slashed, relative to the app's directory
	Packages []Package
	// Stale says why the lock does not belong to the project file beside it; ""
	// when it does. Refresh is the command that makes a new one.
	Stale, Refresh string
	// Overrides says that packages' own dependencies do not all hold.
	Overrides bool
	// Project is the app's own project where the tool installs it in place, as its
	// requirement; zero where it does not.
	Project closure.Located
	// Groups are the groups and extras that can be read by name, normalised.
	Groups []string
	// BuildConstraints limit what packages are built with, as in "setuptools<81".
	BuildConstraints []string
	// Logins are the files, of the lock and its project's, with a login in a URL.
	Logins []string
	Notes  []string
}

// Target is what a lock is read for: CPython of a minor version, such as
// "3.12", on Linux, x86_64.
type Target struct{ Python string }

// input is all that a format's reader may look at.
type input struct {
	data    []byte
	file    string // as Lock.File
	project []byte // the app's pyproject.toml or Pipfile, nil without
	member  string // the app's folder, relative to the lock's: "." beside it
	group   string // a group or extra alone, normalised; "" for what the app needs
	env     pep508.Environment
}

// format is one kind of lock file.
type format struct {
	base, project, refresh string
	parse                  func(input) (*Lock, error)
}

// formats in order of preference, where several agree.
var formats = []format{
	{"uv.lock", "pyproject.toml", "uv lock", parseUV},
	{"poetry.lock", "pyproject.toml", "poetry lock", parsePoetry},
	{"pdm.lock", "pyproject.toml", "pdm lock", parsePDM},
	{"pylock.toml", "pyproject.toml", "", parsePylock},
	{"Pipfile.lock", "Pipfile", "pipenv lock", parsePipfile},
}

var pylockName = regexp.MustCompile(`^pylock\.[^.\[\]]+\.toml$`)

// formatOf finds the format by a file's name, nil for none.
func formatOf(file string) *format {
	base := path.Base(file)
	if pylockName.MatchString(base) {
		base = "pylock.toml"
	}
	for i := range formats {
		if formats[i].base == base {
			return &formats[i]
		}
	}
	return nil
}

// Split takes a source's name apart: "uv.lock[test]" is the group or extra test
// of uv.lock. ok is false when the name is no lock file's.
func Split(name string) (file, group string, ok bool) {
	file = name
	if bare, found := strings.CutSuffix(name, "]"); found {
		if file, group, found = strings.Cut(bare, "["); !found || group == "" {
			return "", "", false
		}
	}
	return file, group, formatOf(file) != nil
}

// finish sorts, and refuses what no installation can hold: two versions of one
// package.
func (l *Lock) finish(in input) (*Lock, error) {
	slices.SortStableFunc(l.Packages, func(a, b Package) int { return cmp.Compare(a.Name, b.Name) })
	for i := range l.Packages {
		p := &l.Packages[i]
		slices.Sort(p.Hashes)
		p.Hashes = slices.Compact(p.Hashes)
		if err := p.check(in.file); err != nil {
			return nil, err
		}
		if i == 0 {
			continue
		}
		if q := l.Packages[i-1]; q.Name == p.Name && q.Marker == "" && p.Marker == "" {
			return nil, errs.At(errs.Place{File: in.file, Line: p.Line}, "Lock again with the tool that made it, or set requirements in gcpdeploy.yaml.",
				"%s is locked twice for Python %s, %s here and %s in line %d", p.Name, in.env.Python, p.Version, q.Version, q.Line)
		}
	}
	l.File = in.file
	return l, nil
}

// Requirements gives the packages as requirements; without hashes on demand.
func (l *Lock) Requirements(hashes bool) closure.Strings {
	out := closure.Strings{File: l.File, Logins: l.Logins}
	for _, p := range l.Packages {
		r := closure.Located{Text: p.String(), Line: p.Line, Path: p.Path, Editable: p.Editable, Complete: true}
		if hashes {
			r.Hashes, r.Others = p.Hashes, p.Others
		}
		out.Lines = append(out.Lines, r)
	}
	if l.Project.Path != "" {
		out.Lines = append(out.Lines, l.Project)
	}
	return out
}

// Indexes are the indexes that the packages come from, in order of their first
// use, PyPI among them where one comes from there.
func (l *Lock) Indexes() []string {
	var out []string
	for _, p := range l.Packages {
		if p.URL != "" || p.Path != "" {
			continue
		}
		index := strings.TrimRight(cmp.Or(p.Index, closure.DefaultIndex), "/")
		if !slices.Contains(out, index) {
			out = append(out, index)
		}
	}
	return out
}

// local makes a path of the lock's relative to the app.
func (in input) local(name string) string {
	if path.IsAbs(name) {
		return name
	}
	return path.Join(path.Dir(in.file), name)
}

// names are all of them in normal form, sorted, once each.
func names(lists ...[]string) []string {
	out := slices.Concat(lists...)
	for i := range out {
		out[i] = pep508.Normal(out[i])
	}
	slices.Sort(out)
	return slices.Compact(out)
}
