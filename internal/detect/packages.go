package detect

import (
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/python/project"
)

var serves = regexp.MustCompile(`\b(?:uvicorn\.run|app\.run|serve|run_app|run_simple|serve_forever|WSGIServer|ThreadingHTTPServer|HTTPServer|ui\.run|launch)\s*\(`)

// arguments are packages that read a program's arguments.
var arguments = []string{"click", "typer", "argparse", "fire", "cyclopts", "optparse", "docopt"}

// packages runs the one package of the app's that is a program and serves, or
// the one script of the project that does, where that is installed.
func (d *finder) packages() (f appfile.Found[[]string], found bool, err error) {
	if len(d.near)+len(d.lines) > 0 {
		return f, false, nil
	}
	var all []module
	for _, pattern := range []string{"*/__main__.py", "src/*/__main__.py"} {
		files, _ := fs.Glob(d.fsys, pattern)
		for _, file := range files {
			m, err := d.module(file)
			if err != nil {
				return f, false, err
			}
			if m != nil && !slices.Contains(elsewhere, path.Base(path.Dir(file))) && d.settle(m) {
				m.name = strings.TrimSuffix(m.name, ".__main__")
				all = append(all, *m)
			}
		}
	}
	scripts := d.projectScripts()
	for _, m := range all {
		command := d.run(m)
		if len(all) == 1 && len(scripts) == 0 && d.listens(m.file) {
			return appfile.Found[[]string]{Value: command, From: m.file}, true, nil
		}
		d.offer(written(command), m.file+" is there")
	}
	for _, name := range slices.Sorted(maps.Keys(scripts)) {
		file := scripts[name]
		if len(scripts) == 1 && file != "" && d.listens(file) {
			return appfile.Found[[]string]{Value: []string{name}, From: project.File + " [project.scripts]"}, true, nil
		}
		d.offer(name, project.File+" has the script "+name)
	}
	if len(all)+len(scripts) > 0 {
		return f, false, nil
	}
	return d.scriptsBelow()
}

// scriptsBelow runs the one file of the tree that serves when it is started, where
// it names PORT or an address.
func (d *finder) scriptsBelow() (f appfile.Found[[]string], found bool, err error) {
	if m, err := d.firstScript(); err != nil || m != nil {
		return f, false, err
	}
	files, err := d.pythonFiles()
	if err != nil {
		return f, false, err
	}
	var all []module
	for _, file := range files {
		m, err := d.module(file)
		if err != nil {
			return f, false, err
		}
		if m != nil && m.main && d.serving(file) && d.settle(m) && file != "manage.py" {
			all = append(all, *m)
		}
	}
	for _, m := range all {
		command := m.script()
		if path.Dir(m.file) != "." {
			command = d.run(m)
		}
		if d.member(m) {
			continue
		}
		if len(all) == 1 && m.binds {
			return appfile.Found[[]string]{Value: command, From: m.file}, true, nil
		}
		d.offer(written(command), m.file+" serves when it is started")
	}
	return f, false, nil
}

// serving reports that a file's own text calls what serves.
func (d *finder) serving(file string) bool {
	text, _, _ := appfile.Read(d.fsys, file)
	return serves.MatchString(code(text))
}

// run starts a module with python -m.
func (d *finder) run(m module) []string {
	if m.root == "." || d.installed(m.root) {
		return []string{"/env/bin/python", "-m", m.name}
	}
	return shell(d.from(m, "python -m "+m.name))
}

// listens reports that a file, or one that it imports, serves where it names PORT
// or an address. A program with arguments of its own may do anything without them.
func (d *finder) listens(file string) bool {
	files := []string{file}
	if m, err := d.module(file); err == nil && m != nil && m.imports(arguments...) {
		return false
	}
	for _, name := range d.tree.at(file).Imports {
		if next, _ := d.tree.find(file, name); next != "" {
			files = append(files, next)
		}
	}
	return slices.ContainsFunc(files, func(name string) bool {
		m, err := d.module(name)
		return err == nil && m != nil && m.binds && !m.imports(arguments...) && d.serving(name)
	})
}

// projectScripts are the scripts of a project that is installed, with the file
// that each starts in.
func (d *finder) projectScripts() map[string]string {
	text, ok, _ := appfile.Read(d.fsys, project.File)
	var raw struct {
		Project struct {
			Scripts map[string]string `toml:"scripts"`
		} `toml:"project"`
	}
	if !ok || !slices.Contains(d.own, ".") || toml.Unmarshal([]byte(text), &raw) != nil {
		return nil
	}
	for name, target := range raw.Project.Scripts {
		module, _, _ := strings.Cut(target, ":")
		slashed := strings.ReplaceAll(strings.TrimSpace(module), ".", "/")
		raw.Project.Scripts[name] = d.tree.source(slashed)
		if raw.Project.Scripts[name] == "" {
			raw.Project.Scripts[name] = d.tree.source("src/" + slashed)
		}
	}
	return raw.Project.Scripts
}
