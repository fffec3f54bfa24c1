package detect

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/appyaml"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	pymodule "github.com/gcpdeploy/gcpdeploy/internal/python/module"
)

// ErrNoEntrypoint says that nothing to start was found.
var ErrNoEntrypoint = errors.New("no entrypoint was found")

// candidates are the files that may hold the app, wsgi.py apart, likeliest first.
var candidates = []string{
	"main.py", "app.py", "application.py", "server.py", "asgi.py", "streamlit_app.py",
	"app/main.py", "app/__init__.py", "app/app.py", "api/main.py", "api/__init__.py",
}

// finder holds what the steps of Entrypoint share.
type finder struct {
	fsys fs.FS
	has  func(string) bool
	own  []string // folders of projects that are installed
	tree pytree
	// near are files that would have done but for something: it is told when nothing else does.
	near []string
	hint string
	// lines are start commands that are likely, and none that is sure.
	lines []line
}

// Entrypoint gives the exec form of the start command: the web line of Procfile,
// what a file of another platform says, wsgi.py, else what a known framework
// needs. has tells what the requirements contain, by normalised name; own are
// the folders of the app's projects that are installed. The error wraps
// ErrNoEntrypoint when there is nothing to start, and holds the lines that may do.
func Entrypoint(fsys fs.FS, has func(pkg string) bool, own ...string) (appfile.Found[[]string], error) {
	if has == nil {
		has = func(string) bool { return false }
	}
	f, found, err := fromProcfile(fsys)
	if err != nil || found {
		return f, err
	}
	notes := f.Notes
	d := &finder{fsys: fsys, has: has, own: own, tree: pytree{fsys: fsys, files: map[string]*pymodule.Module{}}}
	for _, step := range []func() (appfile.Found[[]string], bool, error){
		d.appYAML, d.fastAPI, d.deployed, d.wsgi, d.django, d.flaskApp, d.function, d.modules, d.servingScript, d.search, d.packages, d.script, d.bareWSGI,
	} {
		f, found, err := step()
		if err != nil {
			return appfile.Found[[]string]{}, err
		}
		if found {
			f.Notes = append(notes, f.Notes...)
			return f, nil
		}
	}
	return appfile.Found[[]string]{}, d.fail()
}

func (d *finder) appYAML() (f appfile.Found[[]string], found bool, err error) {
	a, err := readAppYAML(d.fsys)
	if err != nil || a == nil {
		return f, false, err
	}
	command, line := strings.TrimSpace(a.Text("entrypoint")), a.Line("entrypoint")
	if command == "" {
		return f, false, nil
	}
	from := appfile.Ref(appyaml.Name, line)
	words, err := config.ParseCommand(command)
	if err != nil {
		return f, false, errs.At(errs.Place{File: appyaml.Name, Line: line}, "Correct the command.", "entrypoint %w", err)
	}
	return appfile.Found[[]string]{Value: words, From: from}, true, nil
}

// wsgi is the rule of the recipe: wsgi.py is a script that serves. One that
// holds only the app object is served by what the requirements bring.
func (d *finder) wsgi() (f appfile.Found[[]string], found bool, err error) {
	m, err := d.module("wsgi.py")
	if err != nil || m == nil {
		return f, false, err
	}
	if m.main && (m.binds || m.object == "" || d.server(*m) == nil) {
		return appfile.Found[[]string]{Value: m.script(), From: m.file}, true, nil
	}
	f, found = d.serve(*m)
	return f, found, nil
}

// bareWSGI runs a wsgi.py in which nothing was recognised, as the recipe did.
func (d *finder) bareWSGI() (f appfile.Found[[]string], found bool, err error) {
	m, err := d.module("wsgi.py")
	if err != nil || m == nil || m.object != "" || m.factory != "" || len(d.near) > 0 {
		return f, false, err
	}
	return appfile.Found[[]string]{Value: m.script(), From: m.file, Notes: []string{
		"wsgi.py has neither an app object nor a __main__ block; it is run as a script"}}, true, nil
}

func (d *finder) modules() (f appfile.Found[[]string], found bool, err error) {
	for _, file := range candidates {
		m, err := d.module(file)
		if err != nil {
			return f, false, err
		}
		if m == nil || !d.settle(m) || d.member(*m) {
			continue
		}
		if f, found = d.ui(*m); found {
			return f, true, nil
		}
		if f, found = d.runTarget(*m); found {
			return f, true, nil
		}
		if f, found = d.serve(*m); found {
			return f, true, nil
		}
	}
	return f, false, nil
}

// script runs the first candidate that is one.
func (d *finder) script() (f appfile.Found[[]string], found bool, err error) {
	m, err := d.firstScript()
	if err != nil || m == nil {
		return f, false, err
	}
	f = appfile.Found[[]string]{Value: m.script(), From: m.file}
	if m.object != "" && !m.binds {
		f.Notes = []string{m.describe() + " and runs it as a script without naming PORT or 0.0.0.0; for production add gunicorn (or uvicorn) to the requirements"}
	}
	return f, true, nil
}

// servingScript is script for one that names where it listens.
func (d *finder) servingScript() (f appfile.Found[[]string], found bool, err error) {
	if m, err := d.firstScript(); err != nil || m == nil || !m.binds {
		return f, false, err
	}
	return d.script()
}

func (d *finder) firstScript() (*module, error) {
	for _, file := range candidates {
		if m, err := d.module(file); err != nil || m != nil && m.main && !d.member(*m) {
			return m, err
		}
	}
	return nil, nil
}

// fail names what was near, or the lines that may do, or what was looked for.
func (d *finder) fail() error {
	switch {
	case len(d.near) > 0:
		return errs.New(errs.Usage, d.hint, "%w: %s", ErrNoEntrypoint, strings.Join(d.near, "; "))
	case len(d.lines) > 0:
		return d.choose()
	}
	return errs.New(errs.Usage, "Set entrypoint in gcpdeploy.yaml"+d.example()+", or give --entrypoint.",
		"%w: there is no web line in Procfile, no entrypoint in app.yaml, no wsgi.py, and no Flask, FastAPI, Django, Dash, Streamlit or Gradio app in %s",
		ErrNoEntrypoint, strings.Join(candidates[:5], ", "))
}
