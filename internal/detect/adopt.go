package detect

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
	"github.com/gcpdeploy/gcpdeploy/internal/serving"
)

// adopt makes a command of ours of what was said. It is nil where that is of no
// use; why says what keeps it from being sure.
func (d *finder) adopt(s said) (command []string, why string) {
	line, ok := serving.Read(filled(s.command, s.env))
	if !ok {
		return nil, ""
	}
	switch c := line.Last(); {
	case c.Program == "flask" && c.Serves():
		return d.flaskCommand(s, line), d.doubt(s, line)
	case !c.Serves():
		return d.scriptCommand(s, line)
	}
	m, ok := d.served(s, line)
	if !ok {
		return nil, ""
	}
	bound := line.Rebound()
	if c := line.Last(); c.Program == "gunicorn" {
		file, _ := strings.CutPrefix(strings.TrimPrefix(c.Option("-c --config"), "file:"), "./")
		text, there, _ := appfile.Read(d.fsys, path.Join(m.root, file))
		if file != "" && !there {
			return nil, ""
		}
		if strings.Contains(code(text), "bind") {
			bound += " --bind 0.0.0.0:${PORT:-8080}"
		}
	}
	switch {
	case line.Dir != "" && path.Clean(line.Dir) != m.root:
		return nil, ""
	case m.beside:
		bound = "PYTHONPATH=" + m.root + " exec " + strings.TrimPrefix(bound, "exec ")
	case line.Dir == "" && m.root != ".":
		bound = "cd " + m.root + " && " + bound
	}
	command, err := config.ParseCommand(bound)
	if err != nil {
		return nil, ""
	}
	return command, d.doubt(s, line)
}

// served is what a server is told to serve, where that is there.
func (d *finder) served(s said, line serving.Line) (m module, ok bool) {
	c := line.Last()
	app, named := c.App()
	for _, root := range append([]string{line.Dir}, s.path...) {
		at := path.Clean(c.File())
		if named {
			at = strings.ReplaceAll(app.Module, ".", "/") + ".py"
			if _, there := s.source(path.Join(root, at)); !there {
				at = strings.TrimSuffix(at, ".py") + "/__init__.py"
			}
		}
		file, there := s.source(path.Join(root, at))
		before, below := strings.CutSuffix("/"+file, "/"+at)
		if there && below && isFile(d.fsys, file) && (!named || app.Object == "" || d.tree.defines(file, strings.Split(app.Object, ".")[0])) {
			return module{file: file, root: path.Join(".", before), beside: slices.Contains(s.path, root) && before != ""}, true
		}
	}
	return m, false
}

// flaskCommand serves what Flask's server for development is told to.
func (d *finder) flaskCommand(s said, line serving.Line) []string {
	named := line.Last().Option("--app -A")
	if named == "" {
		named = s.env["FLASK_APP"]
	}
	if at, ok := s.source("."); named == "" || ok && at != "." || line.Dir != "" {
		return nil
	}
	m, err := d.flaskModule(named)
	if err != nil || m == nil {
		return nil
	}
	return d.server(*m)
}

// scriptCommand runs a file that Python was told to run. That it listens where it
// has to is sure only where it says so.
func (d *finder) scriptCommand(s said, line serving.Line) (command []string, why string) {
	c := line.Last()
	name := c.Script
	switch {
	case c.Module != "":
		name = strings.ReplaceAll(c.Module, ".", "/") + ".py"
		if _, there := s.source(name); !there {
			name = strings.ReplaceAll(c.Module, ".", "/") + "/__main__.py"
		}
	case name == "":
		name = c.Path
	}
	if _, own := d.projectScripts()[name]; own && line.Dir == "" {
		command, _ = config.ParseCommand(line.Text())
		return command, " starts it, and may listen on another port than PORT"
	}
	file, there := s.source(path.Join(line.Dir, name))
	if !there || file != path.Clean(name) || line.Dir != "" || !isFile(d.fsys, file) || path.Base(file) == "manage.py" || c.Open() {
		return nil, ""
	}
	command, err := config.ParseCommand(line.Text())
	if err != nil {
		return nil, ""
	}
	if text, _, _ := appfile.Read(d.fsys, file); !strings.HasSuffix(file, ".py") || !bindsText.MatchString(code(text)) {
		return command, " starts it, and may listen on another port than PORT"
	}
	return command, d.doubt(s, line)
}

// doubt is what keeps a command from being sure.
func (d *finder) doubt(s said, line serving.Line) string {
	c := line.Last()
	if !s.sure {
		return " starts it by a script of its own"
	}
	if c.Open() {
		return " starts it with variables that are not known"
	}
	if pkg := c.Package(); pkg != "" && c.Program != "flask" && !d.brings(pkg) {
		return " starts it (add " + pkg + " to the requirements)"
	}
	if worker, _, _ := strings.Cut(c.Option("-k --worker-class"), "."); c.Program == "gunicorn" && !slices.Contains([]string{"", "sync", "gthread", "gunicorn"}, worker) && !d.brings(pep508.Normal(worker)) {
		return " starts it (add " + worker + " to the requirements)"
	}
	for _, first := range line.Commands[:len(line.Commands)-1] {
		if first.Open() || !(first.Script != "" && isFile(d.fsys, path.Clean(first.Script)) || d.has(pep508.Normal(first.Program)) || first.Module != "" && d.has(pep508.Normal(first.Module))) {
			return " starts it after " + first.Path
		}
	}
	return ""
}

var variable = regexp.MustCompile(`\$(?:\{(\w+)\}|(\w+))`)

// filled is a shell's line with the variables that the file sets itself.
func filled(command []string, env map[string]string) []string {
	if len(command) != 3 || command[0] != "/bin/sh" {
		return command
	}
	text := variable.ReplaceAllStringFunc(command[2], func(ref string) string {
		m := variable.FindStringSubmatch(ref)
		if value, ok := env[m[1]+m[2]]; ok && m[1]+m[2] != "PORT" && !strings.ContainsAny(value, " '\"$\\;&|<>()`") {
			return value
		}
		return ref
	})
	return []string{command[0], command[1], text}
}
