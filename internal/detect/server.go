package detect

import (
	"regexp"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/python/project"
)

// servers are those that can run an app object, the preferred first. Where a
// server does not read PORT itself, a shell puts it in.
var servers = []struct {
	pkg     string
	asgi    bool
	command func(d *finder, m module) []string
}{
	{"gunicorn", false, gunicorn},
	{"waitress", false, func(_ *finder, m module) []string {
		if m.object == "" {
			return shell("exec waitress-serve --listen 0.0.0.0:${PORT:-8080} --call " + m.name + ":" + m.factory)
		}
		return shell("exec waitress-serve --listen 0.0.0.0:${PORT:-8080} " + m.name + ":" + m.object)
	}},
	{"uvicorn", true, func(_ *finder, m module) []string {
		if m.object == "" {
			return shell("exec uvicorn --factory " + m.name + ":" + m.factory + " --host 0.0.0.0 --port ${PORT:-8080}")
		}
		return shell("exec uvicorn " + m.name + ":" + m.object + " --host 0.0.0.0 --port ${PORT:-8080}")
	}},
	{"hypercorn", true, func(_ *finder, m module) []string {
		if m.object == "" {
			return shell("exec hypercorn --bind 0.0.0.0:${PORT:-8080} '" + m.name + ":" + m.factory + "()'")
		}
		return shell("exec hypercorn --bind 0.0.0.0:${PORT:-8080} " + m.name + ":" + m.object)
	}},
	{"daphne", true, func(_ *finder, m module) []string {
		if m.object == "" {
			return nil
		}
		return shell("exec daphne -b 0.0.0.0 -p ${PORT:-8080} " + m.name + ":" + m.object)
	}},
}

// gunicorn binds to 0.0.0.0:$PORT by itself. Threads and no timeout suit Cloud
// Run, which sends many requests to one instance and limits their time itself
// (cloud.google.com/run/docs/tips/python); a configuration of the app's own wins.
func gunicorn(d *finder, m module) []string {
	target := m.name + ":" + m.object
	if m.object == "" {
		target = m.name + ":" + m.factory + "()"
	}
	if appfile.Exists(d.fsys, "gunicorn.conf.py") {
		return []string{"gunicorn", target}
	}
	return []string{"gunicorn", "--threads", "8", "--timeout", "0", target}
}

// server gives the command that serves the module's app, or nil.
func (d *finder) server(m module) []string {
	if m.object == "" && m.factory == "" {
		return nil
	}
	asgi := m.asgi() || (m.kind == "" && d.has("fastapi") && !d.has("flask") && !d.has("django"))
	for _, s := range servers {
		if s.asgi == asgi && (d.has(s.pkg) || s.pkg == "uvicorn" && d.fastapiExtra()) {
			if c := s.command(d, m); c != nil {
				return c
			}
		}
	}
	return nil
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
		d.miss(m.describe()+", and no server for it is among the requirements", "Add "+want+" to the requirements, or set entrypoint in gcpdeploy.yaml.")
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

var standardExtra = regexp.MustCompile(`(?i)\bfastapi\s*\[[^\]]*\b(standard|all)\b`)

// fastapiExtra reports that FastAPI is required with the extra that brings uvicorn.
func (d *finder) fastapiExtra() bool {
	for _, file := range append([]string{project.File}, project.RequirementFiles...) {
		if text, _, _ := appfile.Read(d.fsys, file); standardExtra.MatchString(text) {
			return true
		}
	}
	return false
}

func shell(line string) []string { return []string{"/bin/sh", "-c", line} }
