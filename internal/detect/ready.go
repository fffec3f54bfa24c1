package detect

import (
	"io/fs"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// line is a start command that the user may want, and what speaks for it.
type line struct{ command, why string }

// maxLines bounds how many are told.
const maxLines = 5

// offer keeps a line for the error.
func (d *finder) offer(command, why string) {
	if command == "" || slices.ContainsFunc(d.lines, func(l line) bool { return l.command == command }) {
		return
	}
	d.lines = append(d.lines, line{command, why})
}

// offerModule keeps the line that would serve a module's app.
func (d *finder) offerModule(m module) {
	command := d.server(m)
	if command == nil {
		pkg := "gunicorn"
		if m.asgi() {
			pkg = "uvicorn"
		}
		with := *d
		with.has = func(name string) bool { return name == pkg || d.has(name) }
		if command = with.server(m); command == nil {
			return
		}
		d.offer(written(command), m.describe()+" (add "+pkg+" to the requirements)")
		return
	}
	d.offer(written(command), m.describe())
}

// written is a command as entrypoint has it.
func written(command []string) string {
	if len(command) == 3 && command[0] == "/bin/sh" {
		return strings.TrimPrefix(command[2], "exec ")
	}
	words := slices.Clone(command)
	if words[0] == "/env/bin/python" {
		words[0] = "python"
		words[1] = strings.TrimPrefix(words[1], "/app/")
	}
	for i, w := range words {
		if strings.ContainsAny(w, "()' ") {
			words[i] = "'" + w + "'"
		}
	}
	return strings.Join(words, " ")
}

// choose is the error that names the lines.
func (d *finder) choose() error {
	var whys, lines []string
	for _, l := range d.lines[:min(len(d.lines), maxLines)] {
		if !slices.Contains(whys, l.why) {
			whys = append(whys, l.why)
		}
		lines = append(lines, "`entrypoint: "+l.command+"`")
	}
	hint := "Write to gcpdeploy.yaml: " + lines[0] + "."
	if len(lines) > 1 {
		hint = "Write one of these to gcpdeploy.yaml: " + strings.Join(lines, ", or ") + "."
	}
	return errs.New(errs.Usage, hint, "%w that is certain: %s", ErrNoEntrypoint, strings.Join(whys, "; "))
}

// example names a Python file of the app's, where there is one.
func (d *finder) example() string {
	entries, _ := fs.ReadDir(d.fsys, ".")
	for _, e := range entries {
		if name := e.Name(); strings.HasSuffix(name, ".py") && importable(name) && !slices.Contains([]string{"setup.py", "conftest.py"}, name) && !testName.MatchString(name) {
			return ", as in `entrypoint: python " + name + "`"
		}
	}
	return ""
}
