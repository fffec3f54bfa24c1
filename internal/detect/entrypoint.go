package detect

import (
	"errors"
	"io/fs"
	"regexp"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
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
	// near are files that would have done but for something: it is told when nothing else does.
	near []string
	hint string
}

// Entrypoint gives the exec form of the start command: the web line of Procfile,
// entrypoint of app.yaml, wsgi.py, else what a known framework needs. has tells
// what the requirements contain, by normalised name. The error wraps
// ErrNoEntrypoint when there is nothing to start.
func Entrypoint(fsys fs.FS, has func(pkg string) bool) (appfile.Found[[]string], error) {
	if has == nil {
		has = func(string) bool { return false }
	}
	f, found, err := fromProcfile(fsys)
	if err != nil || found {
		return f, err
	}
	notes := f.Notes
	d := &finder{fsys: fsys, has: has}
	for _, step := range []func() (appfile.Found[[]string], bool, error){d.appYAML, d.wsgi, d.django, d.modules, d.bareWSGI} {
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

func (d *finder) fail() error {
	hint := "Set entrypoint in gcpdeploy.yaml, as in `entrypoint: python main.py`, or give --entrypoint."
	if len(d.near) > 0 {
		if d.hint != "" {
			hint = d.hint
		}
		return errs.New(errs.Usage, hint, "%w: %s", ErrNoEntrypoint, strings.Join(d.near, "; "))
	}
	return errs.New(errs.Usage, hint, "%w: there is no web line in Procfile, no entrypoint in app.yaml, no wsgi.py, and no Flask, FastAPI, Django, Dash, Streamlit or Gradio app in %s",
		ErrNoEntrypoint, strings.Join(candidates[:5], ", "))
}

func (d *finder) appYAML() (f appfile.Found[[]string], found bool, err error) {
	a, err := readAppYAML(d.fsys)
	if err != nil || a == nil || a.entrypoint == "" {
		return f, false, err
	}
	from := appfile.Ref("app.yaml", a.entrypointLine)
	words, err := config.ParseCommand(a.entrypoint)
	if err != nil {
		return f, false, errs.At(errs.Place{File: "app.yaml", Line: a.entrypointLine}, "Correct the command.", "entrypoint %w", err)
	}
	return appfile.Found[[]string]{Value: words, From: from}, true, nil
}

// wsgi is the rule of the recipe: wsgi.py is a script that serves. One that
// holds only the app object is served by what the requirements bring.
func (d *finder) wsgi() (f appfile.Found[[]string], found bool, err error) {
	m, err := readModule(d.fsys, "wsgi.py")
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
	m, err := readModule(d.fsys, "wsgi.py")
	if err != nil || m == nil || m.object != "" || m.factory != "" || len(d.near) > 0 {
		return f, false, err
	}
	return appfile.Found[[]string]{Value: m.script(), From: m.file, Notes: []string{
		"wsgi.py has neither an app object nor a __main__ block; it is run as a script"}}, true, nil
}

func (d *finder) modules() (f appfile.Found[[]string], found bool, err error) {
	var scripts []module
	for _, file := range candidates {
		m, err := readModule(d.fsys, file)
		if err != nil {
			return f, false, err
		}
		if m == nil {
			continue
		}
		if f, found = d.ui(*m); found {
			return f, true, nil
		}
		if f, found = d.serve(*m); found {
			return f, true, nil
		}
		if m.main {
			scripts = append(scripts, *m)
		}
	}
	if len(scripts) == 0 {
		return f, false, nil
	}
	m := scripts[0]
	f = appfile.Found[[]string]{Value: m.script(), From: m.file}
	if m.object != "" && !m.binds {
		f.Notes = []string{m.describe() + " and runs it as a script without naming PORT or 0.0.0.0; for production add gunicorn (or uvicorn) to the requirements"}
	}
	return f, true, nil
}

// ui knows frameworks that bring their own server.
func (d *finder) ui(m module) (f appfile.Found[[]string], found bool) {
	switch {
	case m.ui == "streamlit" && d.has("streamlit"):
		f.Value = shell("exec streamlit run " + m.file + " --server.address 0.0.0.0 --server.port ${PORT:-8080} --server.headless true")
	case m.ui == "gradio" && d.has("gradio") && m.object == "":
		f.Value = shell("GRADIO_SERVER_NAME=0.0.0.0 GRADIO_SERVER_PORT=${PORT:-8080} exec python " + m.file)
	default:
		return f, false
	}
	f.From = m.file
	return f, true
}

var (
	settingsModule = regexp.MustCompile(`DJANGO_SETTINGS_MODULE['"]\s*,\s*['"]([\w.]+)['"]`)
	wsgiSetting    = regexp.MustCompile(`(?m)^WSGI_APPLICATION\s*=\s*['"]([\w.]+)\.(\w+)['"]`)
)

// django looks for the package that manage.py configures.
func (d *finder) django() (f appfile.Found[[]string], found bool, err error) {
	manage, ok, err := appfile.Read(d.fsys, "manage.py")
	if err != nil || !ok {
		return f, false, err
	}
	match := settingsModule.FindStringSubmatch(code(manage))
	if match == nil {
		return f, false, nil
	}
	settings, _, err := appfile.Read(d.fsys, strings.ReplaceAll(match[1], ".", "/")+".py")
	if err != nil {
		return f, false, err
	}
	pkg, _, _ := strings.Cut(match[1], ".")
	for _, file := range []string{pkg + "/wsgi.py", pkg + "/asgi.py"} {
		m, err := readModule(d.fsys, file)
		if err != nil {
			return f, false, err
		}
		if s := wsgiSetting.FindStringSubmatch(settings); s != nil && strings.HasSuffix(file, "wsgi.py") {
			m = &module{file: strings.ReplaceAll(s[1], ".", "/") + ".py", name: s[1], object: s[2], kind: "get_wsgi_application"}
		}
		if m == nil || m.object == "" {
			continue
		}
		m.main = false
		if f, found := d.serve(*m); found {
			return f, true, nil
		}
	}
	return f, false, nil
}
