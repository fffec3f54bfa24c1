package detect

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	pymodule "github.com/gcpdeploy/gcpdeploy/internal/python/module"
)

// module is a Python file that may hold the app, judged by its text.
type module struct {
	file, name string // app/main.py, app.main
	root       string // the folder that its imports start from; "." for the app's own
	beside     bool   // its imports start from the app's own folder, too
	main       bool   // runs something as a script
	binds      bool   // names a port or address, so its main block likely serves
	object     string // the name of the app, "" without one
	kind       string // what made the object: "Flask", "FastAPI"… or "" when unknown
	factory    string // a function without arguments that makes the app
	ui         string // one of uis when it imports one
	bound      bool   // the app is made in this file, and it is known to be one
	target     string // what its script has a server run: "app.server:app"

	py *pymodule.Module
}

var bindsText = regexp.MustCompile(`\bPORT\b|0\.0\.0\.0|\b8080\b|['"]::['"]`)

// runs are calls that end a script by serving.
var runs = []string{"run", "serve", "run_simple", "serve_forever", "run_app"}

// describe names the object for people: app (Flask).
func (m module) describe() string {
	switch {
	case m.object == "" && m.factory != "":
		return m.file + " defines " + m.factory + "()"
	case m.object == "":
		return m.file
	case m.kind == "" || strings.HasPrefix(m.kind, "get_") || strings.HasSuffix(m.kind, "sgi"):
		return m.file + " defines " + m.object
	}
	return m.file + " defines " + m.object + " (" + m.kind + ")"
}

func moduleName(file string) string {
	name := strings.ReplaceAll(strings.TrimSuffix(file, ".py"), "/", ".")
	return strings.TrimSuffix(name, ".__init__")
}

// module judges a file; nil when there is none.
func (d *finder) module(file string) (*module, error) {
	text, ok, err := appfile.Read(d.fsys, file)
	if err != nil || !ok {
		return nil, err
	}
	py := d.tree.parsed(file, text)
	m := &module{file: file, name: moduleName(file), root: ".", py: py, main: py.Script, binds: bindsText.MatchString(code(text))}
	for _, c := range py.Calls {
		last := c.Name[strings.LastIndexByte(c.Name, '.')+1:]
		m.main = m.main || !c.Script && slices.Contains(runs, last)
		if target, ok := c.Literal(0); ok && c.Name == "uvicorn.run" && m.target == "" {
			m.target = target
		}
	}
	d.judgeObject(m)
	d.judgeFactory(m)
	if m.kind == "" && m.imports("fastapi", "starlette", "quart", "litestar") {
		m.kind = "asgi"
	}
	for _, ui := range uis {
		if m.ui == "" && m.imports(ui) {
			m.ui = ui
		}
	}
	return m, nil
}

// imports reports an import of one of the packages.
func (m module) imports(packages ...string) bool {
	return slices.ContainsFunc(m.py.Imports, func(name string) bool {
		head, _, _ := strings.Cut(name, ".")
		return slices.Contains(packages, head)
	})
}

// judgeObject finds the app's name, the surest sign first.
func (d *finder) judgeObject(m *module) {
	for _, o := range m.py.Objects {
		kind := d.tree.kind(m.file, o.Name)
		if kind != "" && (m.object == "" || o.Name == "app" || o.Name == "application") {
			m.object, m.kind, m.bound = o.Name, kind, true
		}
	}
	if m.kind == "Dash" { // the WSGI app is its attribute, and gunicorn takes no dots
		m.object = ""
		for _, o := range m.py.Objects {
			if strings.HasSuffix(o.Is, ".server") {
				m.object = o.Name
			}
		}
		return
	}
	for _, f := range m.py.Functions {
		if m.object == "" && (f.Name == "application" || f.Name == "app") && len(f.Params) > 1 {
			m.object, m.kind, m.bound = f.Name, map[bool]string{true: "asgi", false: "wsgi"}[f.Async], true
		}
	}
	for _, name := range objects {
		if m.object != "" {
			return
		}
		if o, ok := m.py.Object(name); ok && o.Text == "" && !slices.Contains(notWeb, o.Made) {
			m.object = name
		}
	}
	for _, name := range objects[:2] {
		from, ok := m.py.Import(name)
		if !ok || m.object != "" || !strings.Contains(from, ".") {
			continue
		}
		if kind, is := d.tree.follow(m.file, from); is {
			m.object, m.kind = name, kind
		}
	}
}

// judgeFactory finds a function that makes the app, by its name or by what it returns.
func (d *finder) judgeFactory(m *module) {
	for _, f := range m.py.Functions {
		kind := d.tree.kind(m.file, f.Name)
		if named := slices.Contains(factories, f.Name); f.Async || !f.Optional() || !named && kind == "" || m.factory != "" && !named {
			continue
		}
		m.factory, m.bound = f.Name, m.bound || kind != ""
		if m.object == "" && kind != "" && m.kind == "" {
			m.kind = kind
		}
	}
	for _, name := range factories {
		from, ok := m.py.Import(name)
		if !ok || m.factory != "" {
			continue
		}
		if file, at := d.tree.find(m.file, from); file != "" {
			if f := d.tree.at(file).Function(at); f != nil && f.Optional() && !f.Async {
				m.factory = name
				if m.object == "" && m.kind == "" {
					m.kind = d.tree.kind(file, at)
				}
			}
		}
	}
}

// script is how to run the file with the app's Python.
func (m module) script() []string {
	if path.Dir(m.file) != "." {
		return []string{"/env/bin/python", "-m", m.name}
	}
	return []string{"/env/bin/python", "/app/" + m.file}
}

func isFile(fsys fs.FS, name string) bool {
	info, err := fs.Stat(fsys, name)
	return err == nil && info.Mode().IsRegular()
}
