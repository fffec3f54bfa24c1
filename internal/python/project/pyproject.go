// Package project reads what a Python project's own files say: the dependencies,
// groups, extras and build requirements in pyproject.toml, which Python it is for, and
// which files its requirements are in. It reads text and never runs code. Lock files
// and requirement files are read by packages of their own; what the app starts and how
// it is tested, detect finds.
package project

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// File is the name of the file that says most.
const File = "pyproject.toml"

// Pyproject is what matters of pyproject.toml.
type Pyproject struct {
	Project struct {
		Name           string              `toml:"name"`
		RequiresPython string              `toml:"requires-python"`
		Dependencies   []string            `toml:"dependencies"`
		Optional       map[string][]string `toml:"optional-dependencies"`
		Dynamic        []string            `toml:"dynamic"`
		Scripts        map[string]string   `toml:"scripts"`
	} `toml:"project"`
	Build *struct {
		Requires []string `toml:"requires"`
		Backend  string   `toml:"build-backend"`
	} `toml:"build-system"`
	Groups map[string][]any `toml:"dependency-groups"`
	Tool   struct {
		Poetry *struct {
			Dependencies map[string]any `toml:"dependencies"`
		} `toml:"poetry"`
		Pytest map[string]any `toml:"pytest"`
		UV     struct {
			Package   *bool          `toml:"package"`
			Workspace map[string]any `toml:"workspace"`
			Sources   map[string]any `toml:"sources"`
			Limits    []any          `toml:"build-constraint-dependencies"`
		} `toml:"uv"`
		Setuptools struct {
			Dynamic struct {
				Dependencies struct {
					File any `toml:"file"`
				} `toml:"dependencies"`
			} `toml:"dynamic"`
		} `toml:"setuptools"`
	} `toml:"tool"`

	text  string
	lines map[string][]int // dotted key → line of each element
}

// Read gives nil when there is no pyproject.toml.
func Read(fsys fs.FS) (*Pyproject, error) {
	text, ok, err := appfile.Read(fsys, File)
	if err != nil || !ok {
		return nil, err
	}
	p := &Pyproject{text: text, lines: map[string][]int{}}
	if err := toml.Unmarshal([]byte(text), p); err != nil {
		where := errs.Place{File: File}
		if e, ok := errors.AsType[*toml.DecodeError](err); ok {
			line, column := e.Position()
			where = appfile.At(File, text, line)
			where.Column = column
		}
		return nil, errs.At(where, "", "%s", strings.TrimPrefix(err.Error(), "toml: "))
	}
	p.locate()
	return p, nil
}

// Pytest says whether pytest is configured here. A nil Pyproject has nothing.
func (p *Pyproject) Pytest() bool { return p != nil && p.Tool.Pytest != nil }

// Workspace says whether the project's folder is the root of a workspace of uv's.
func (p *Pyproject) Workspace() bool { return p != nil && p.Tool.UV.Workspace != nil }

// Has says whether there is a dependency group or extra of that normal name.
func (p *Pyproject) Has(name string) bool {
	if p == nil {
		return false
	}
	named := func(key string) bool { return pep508.Normal(key) == name }
	return slices.ContainsFunc(slices.Collect(maps.Keys(p.Groups)), named) ||
		slices.ContainsFunc(slices.Collect(maps.Keys(p.Project.Optional)), named)
}
