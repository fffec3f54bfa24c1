package detect

import (
	"path"
	"regexp"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/python/project"
	"github.com/gcpdeploy/gcpdeploy/internal/serving"
)

// servers are packages that can run an app object, the preferred first.
var servers = []struct {
	pkg  string
	asgi bool
}{
	{"gunicorn", false}, {"waitress", false},
	{"uvicorn", true}, {"hypercorn", true}, {"daphne", true}, {"granian", true},
}

// brought are servers that come with another package.
var brought = map[string][]string{
	"uvicorn":   {"gradio", "nicegui", "python-fasthtml", "chainlit", "shiny", "uvicorn-worker"},
	"hypercorn": {"quart"},
	"granian":   {"litestar-granian"},
}

// server gives the command that serves the module's app, or nil.
func (d *finder) server(m module) []string {
	app := serving.App{Module: m.name, Object: m.object}
	if m.object == "" {
		app.Object, app.Factory = m.factory, true
	}
	if app.Object == "" || slices.Contains(alone, m.kind) {
		return nil
	}
	if m.kind == "Sanic" && d.has("sanic") {
		return shell(d.from(m, serving.Serve("sanic", app)))
	}
	asgi := m.asgi() || (m.kind == "" && d.has("fastapi") && !d.has("flask") && !d.has("django"))
	for _, s := range servers {
		line := serving.Serve(s.pkg, app)
		if s.asgi != asgi || line == "" || !d.brings(s.pkg) {
			continue
		}
		if s.pkg == "gunicorn" {
			return d.gunicorn(m, app)
		}
		return shell(d.from(m, line))
	}
	return nil
}

// gunicorn binds to 0.0.0.0:$PORT by itself. Threads and no timeout suit Cloud
// Run, which sends many requests to one instance and limits their time itself
// (cloud.google.com/run/docs/tips/python); a configuration of the app's own wins.
func (d *finder) gunicorn(m module, app serving.App) []string {
	plain := m.root == "." || d.installed(m.root)
	dir := m.root
	if plain || m.beside || path.Base(dir) == "src" {
		dir = "."
	}
	words := []string{"gunicorn", "--threads", "8", "--timeout", "0", app.Target()}
	if appfile.Exists(d.fsys, path.Join(dir, "gunicorn.conf.py")) {
		words = []string{"gunicorn", app.Target()}
	}
	if plain {
		return words
	}
	line := serving.Serve("gunicorn", app)
	if len(words) == 2 {
		line = "gunicorn " + serving.Quote(app.Target())
	}
	return shell(d.from(m, line))
}

// brings reports that the requirements bring a server, by its own name or with
// another package.
func (d *finder) brings(pkg string) bool {
	return d.has(pkg) || slices.ContainsFunc(brought[pkg], d.has) || pkg == "uvicorn" && d.extra(standardExtra) || pkg == "daphne" && d.extra(daphneExtra)
}

// serve is server with the reason kept when an app lacks only its server.
func (d *finder) serve(m module) (f appfile.Found[[]string], found bool) {
	if c := d.server(m); c != nil {
		return appfile.Found[[]string]{Value: c, From: m.file}, true
	}
	switch {
	case m.kind == "Dash" && m.object == "" && !m.main:
		d.miss(m.file+" has a Dash app that no server can name", "Add `server = app.server` to "+m.file+", or set entrypoint in gcpdeploy.yaml.")
	case (m.object != "" || m.factory != "") && !m.main:
		want := "gunicorn"
		if m.asgi() {
			want = "uvicorn"
		}
		hint := "Add " + want + " to the requirements, or set entrypoint in gcpdeploy.yaml."
		if slices.Contains(project.SetupNames(d.fsys), want) {
			hint = "Write `.` into requirements.txt: the project itself requires " + want + "."
		}
		d.miss(m.describe()+", and no server for it is among the requirements", hint)
	}
	return f, false
}

func (d *finder) miss(what, hint string) {
	if !slices.Contains(d.near, what) {
		d.near = append(d.near, what)
	}
	if d.hint == "" {
		d.hint = hint
	}
}

var (
	standardExtra = regexp.MustCompile(`(?i)\b(?:fastapi(?:-cli)?|litestar|starlite|connexion)\s*\[[^\]]*\b(?:standard|all|full|uvicorn)\b`)
	daphneExtra   = regexp.MustCompile(`(?i)\bchannels\s*\[[^\]]*\bdaphne\b`)
)

// extra reports a requirement with an extra that brings a server.
func (d *finder) extra(of *regexp.Regexp) bool {
	for _, file := range append([]string{project.File}, project.RequirementFiles...) {
		if text, _, _ := appfile.Read(d.fsys, file); of.MatchString(text) {
			return true
		}
	}
	return false
}

func shell(line string) []string { return []string{"/bin/sh", "-c", line} }
