package detect

import (
	"path"
	"regexp"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/project"
	"github.com/gcpdeploy/gcpdeploy/internal/serving"
)

var fastAPILine = regexp.MustCompile(`(?m)^\s*entrypoint\s*=`)

// fastAPI takes the app that [tool.fastapi] names.
func (d *finder) fastAPI() (f appfile.Found[[]string], found bool, err error) {
	text, _, err := appfile.Read(d.fsys, project.File)
	if err != nil {
		return f, false, err
	}
	var raw struct {
		Tool struct {
			FastAPI struct {
				Entrypoint string `toml:"entrypoint"`
			} `toml:"fastapi"`
		} `toml:"tool"`
	}
	if toml.Unmarshal([]byte(text), &raw) != nil || raw.Tool.FastAPI.Entrypoint == "" {
		return f, false, nil
	}
	named := raw.Tool.FastAPI.Entrypoint
	line := 0
	if table := strings.Index(text, "[tool.fastapi]"); table >= 0 {
		if i := fastAPILine.FindStringIndex(text[table:]); i != nil {
			line = appfile.LineOf(text, table+i[1])
		}
	}
	app, ok := serving.ParseApp(named)
	root, there := d.rootOf(app)
	if !ok || app.Object == "" || !there {
		return f, false, errs.At(appfile.At(project.File, text, line), "Correct it, or set entrypoint in gcpdeploy.yaml.", "[tool.fastapi] names %q, which is not there", named)
	}
	m := module{file: project.File, root: root, name: app.Module, object: app.Object, kind: "FastAPI"}
	if f, found = d.serve(m); found {
		f.From = appfile.Ref(project.File, line)
	}
	return f, found, nil
}

// rootOf gives the folder from which a module of the app's own is imported.
func (d *finder) rootOf(app serving.App) (root string, ok bool) {
	for _, root := range []string{".", "src"} {
		if d.defined(root, app) {
			return root, true
		}
	}
	return "", false
}

var flaskAppLine = regexp.MustCompile(`^\s*(?:export\s+)?FLASK_APP\s*=\s*["']?([^"'#\s]+)`)

// flaskApp serves what .flaskenv tells Flask's own command to.
func (d *finder) flaskApp() (f appfile.Found[[]string], found bool, err error) {
	const file = ".flaskenv"
	text, _, err := appfile.Read(d.fsys, file)
	if err != nil {
		return f, false, err
	}
	for i, line := range strings.Split(text, "\n") {
		named := flaskAppLine.FindStringSubmatch(line)
		if named == nil {
			continue
		}
		m, err := d.flaskModule(named[1])
		if err != nil || m == nil {
			return f, false, err
		}
		if f, found = d.serve(*m); found {
			f.From = appfile.Ref(file, i+1)
		}
		return f, found, nil
	}
	return f, false, nil
}

// flaskModule finds the app as Flask does: a module or a file, and perhaps a name
// in it. It is nil where that is not there.
func (d *finder) flaskModule(named string) (*module, error) {
	target, object, _ := strings.Cut(named, ":")
	file := d.tree.source(path.Clean(strings.TrimSuffix(target, ".py")))
	if file == "" {
		file = d.tree.source(strings.ReplaceAll(target, ".", "/"))
	}
	if file == "" || !importable(file) {
		return nil, nil
	}
	m, err := d.module(file)
	if err != nil || m == nil || !d.settle(m) {
		return nil, err
	}
	m.main = false
	app, ok := serving.ParseApp("x:" + object)
	switch {
	case object == "":
	case !ok || !d.tree.defines(file, app.Object):
		return nil, nil
	case app.Factory || m.py.Function(app.Object) != nil:
		m.object, m.factory = "", app.Object
		if strings.Contains(object, "(") && !strings.HasSuffix(object, "()") {
			return nil, nil // arguments that other servers take otherwise
		}
	default:
		m.object = app.Object
	}
	return m, nil
}

// function serves the one function that functions-framework is told of.
func (d *finder) function() (f appfile.Found[[]string], found bool, err error) {
	m, err := d.module("main.py")
	if err != nil || m == nil || !d.has("functions-framework") {
		return f, false, err
	}
	var names []string
	for _, fn := range m.py.Functions {
		for _, by := range fn.Decorators {
			if strings.HasPrefix(by, "functions_framework.") {
				names = append(names, fn.Name)
			}
		}
	}
	if len(names) == 1 {
		return appfile.Found[[]string]{Value: []string{"functions-framework", "--target", names[0]}, From: m.file}, true, nil
	}
	for _, fn := range m.py.Functions {
		if len(names) == 0 && len(fn.Params) == 1 && !fn.Optional() && !strings.HasPrefix(fn.Name, "_") {
			d.offer("functions-framework --target "+fn.Name, m.file+" defines "+fn.Name+"("+fn.Params[0]+")")
		}
	}
	for _, name := range names {
		d.offer("functions-framework --target "+name, m.file+" decorates "+name)
	}
	return f, false, nil
}
