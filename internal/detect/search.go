package detect

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/python/project"
)

// maxFiles bounds how many Python files are looked into for an app.
const maxFiles = 2000

// elsewhere are folders that hold no app that is deployed.
var elsewhere = append([]string{"tests", "test", "testing", "docs", "doc", "examples", "example", "samples", "demo", "scripts", "migrations", "alembic", "notebooks",
	"benchmarks", "bench", "pages", "templates", "static"}, skippedDirs...)

// search looks for the app in all of the tree. One app alone is sure; of several
// the user chooses.
func (d *finder) search() (f appfile.Found[[]string], found bool, err error) {
	if len(d.near) > 0 {
		return f, false, nil
	}
	pages, err := d.pages(".")
	if err != nil {
		return f, false, err
	}
	if len(pages) == 1 {
		f, found = d.ui(pages[0])
		return f, found, nil
	}
	for _, m := range pages {
		if u, ok := d.ui(m); ok {
			d.offer(written(u.Value), m.file+" imports "+m.ui)
		}
	}
	apps, err := d.apps()
	if err != nil {
		return f, false, err
	}
	for _, m := range apps {
		if d.member(m) {
			continue
		}
		c := d.server(m)
		if c != nil && len(apps) == 1 {
			return appfile.Found[[]string]{Value: c, From: m.file}, true, nil
		}
		for dir := path.Dir(m.file); c == nil && dir != "."; dir = path.Dir(dir) {
			if d.apart(dir) {
				d.miss(m.describe()+", and its requirements are in "+dir, "Deploy that folder: give --source "+dir+".")
				break
			}
		}
		d.offerModule(m)
	}
	return f, false, nil
}

// apart reports that a folder has requirements of its own, and the app's has none.
func (d *finder) apart(dir string) bool {
	files := append([]string{project.File, "uv.lock", "poetry.lock", "pdm.lock", "Pipfile"}, project.RequirementFiles...)
	in := func(dir string) bool {
		return slices.ContainsFunc(files, func(f string) bool { return isFile(d.fsys, path.Join(dir, f)) })
	}
	return in(dir) && !in(".")
}

// apps are the modules that hold an app which no other module's app is made of.
func (d *finder) apps() (all []module, err error) {
	files, err := d.pythonFiles()
	if err != nil {
		return nil, err
	}
	parts := map[string]bool{} // files whose app another file takes
	for _, file := range files {
		m, err := d.module(file)
		if err != nil || m == nil {
			return nil, err
		}
		if !m.bound || m.object == "" && m.factory == "" || slices.Contains(alone, m.kind) {
			continue
		}
		for _, name := range m.py.Imports {
			if next, at := d.tree.find(file, name); next != "" && next != file && (at == "" || d.tree.kind(next, at) != "") {
				parts[next] = true
			}
		}
		if d.settle(m) {
			all = append(all, *m)
		}
	}
	whole := slices.DeleteFunc(slices.Clone(all), func(m module) bool { return parts[m.file] })
	if len(whole) == 0 { // each takes something of another
		return all, nil
	}
	return whole, nil
}

// unwritable reports a name that a shell's line would have to quote: that of a
// template's folder, most likely.
func unwritable(name string) bool { return strings.ContainsAny(name, " {}()'\"`$&;|<>*?\\#~") }

// pythonFiles are those that may hold the app, in order.
func (d *finder) pythonFiles() (files []string, err error) {
	err = fs.WalkDir(d.fsys, ".", func(name string, e fs.DirEntry, err error) error {
		base := path.Base(name)
		switch {
		case err != nil:
			if e != nil && e.IsDir() {
				return fs.SkipDir
			}
			return nil
		case len(files) >= maxFiles:
			return fs.SkipAll
		case e.IsDir():
			if name != "." && (base[0] == '.' || unwritable(base) || slices.Contains(elsewhere, base) || appfile.Exists(d.fsys, name+"/pyvenv.cfg") || strings.Count(name, "/") > 4) {
				return fs.SkipDir
			}
		case strings.HasSuffix(base, ".py") && e.Type().IsRegular() && !testName.MatchString(base) && base != "conftest.py" && base != "setup.py":
			files = append(files, name)
		}
		return nil
	})
	return files, err
}
