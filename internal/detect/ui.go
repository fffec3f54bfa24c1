package detect

import (
	"io/fs"
	"path"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/serving"
)

// ui knows frameworks that bring their own server.
func (d *finder) ui(m module) (f appfile.Found[[]string], found bool) {
	switch {
	case m.ui == "streamlit" && d.has("streamlit"):
		f.Value = shell("exec streamlit run " + m.file + " --server.address 0.0.0.0 --server.port ${PORT:-8080} --server.headless true")
	case m.ui == "gradio" && d.has("gradio") && m.object == "":
		f.Value = shell("GRADIO_SERVER_NAME=0.0.0.0 GRADIO_SERVER_PORT=${PORT:-8080} exec python " + m.file)
	case m.ui == "chainlit" && d.has("chainlit") && m.object == "":
		f.Value = shell("exec chainlit run " + m.file + " --host 0.0.0.0 --port ${PORT:-8080} --headless")
	default:
		return f, false
	}
	f.From = m.file
	return f, true
}

// pages finds the one file of the app's folder that starts a user interface: one
// that others import, or that lies below pages, is a part of it.
func (d *finder) pages(dir string) (all []module, err error) {
	entries, err := fs.ReadDir(d.fsys, dir)
	if err != nil {
		return nil, nil
	}
	imported := map[string]bool{}
	for _, e := range entries {
		file := path.Join(dir, e.Name())
		if !strings.HasSuffix(file, ".py") || testName.MatchString(e.Name()) {
			continue
		}
		m, err := d.module(file)
		if err != nil || m == nil {
			return nil, err
		}
		for _, name := range m.py.Imports {
			next, _ := d.tree.find(file, name)
			imported[next] = true
		}
		if m.ui != "" && d.has(m.ui) && m.object == "" {
			all = append(all, *m)
		}
	}
	var roots []module
	for _, m := range all {
		if !imported[m.file] {
			roots = append(roots, m)
		}
	}
	return roots, nil
}

// runTarget serves what a script has uvicorn run by name, at the port that the
// container is given.
func (d *finder) runTarget(m module) (f appfile.Found[[]string], found bool) {
	app, ok := serving.ParseApp(m.target)
	if !ok || app.Object == "" || !d.brings("uvicorn") || !d.defined(m.root, app) {
		return f, false
	}
	t := module{root: m.root, beside: m.beside, name: app.Module, object: app.Object, kind: "asgi", file: m.file}
	if app.Factory || m.py.Factory() {
		t.object, t.factory = "", app.Object
	}
	return appfile.Found[[]string]{Value: d.server(t), From: m.file}, true
}

// defined reports that a module of the app's own has the name.
func (d *finder) defined(root string, app serving.App) bool {
	file := d.tree.source(path.Join(root, strings.ReplaceAll(app.Module, ".", "/")))
	return file != "" && (app.Object == "" || d.tree.defines(file, strings.Split(app.Object, ".")[0]))
}
