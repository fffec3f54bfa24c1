package detect

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	pymodule "github.com/gcpdeploy/gcpdeploy/internal/python/module"
	"github.com/gcpdeploy/gcpdeploy/internal/serving"
)

// Container is what a start command will find.
type Container struct {
	Port      int
	Variables []string               // names of those that the app gets
	Has       func(pkg string) bool  // what the requirements contain
	Packages  []string               // of the system
	Home      string                 // the app's folder there
	Sent      func(file string) bool // what of the app's folder is in the image
	Other     bool                   // the image is not made by our templates alone: it may hold anything
}

// absent are programs that no image has by itself, with the package of the
// system, or of Python, that brings each.
var absent = map[string]string{
	"make": "make", "node": "nodejs", "npm": "npm", "npx": "npm", "yarn": "yarnpkg", "docker": "docker.io", "docker-compose": "docker-compose",
	"nginx": "nginx", "caddy": "caddy", "apache2": "apache2", "apachectl": "apache2", "supervisord": "supervisor", "foreman": "ruby-foreman",
	"git": "git", "curl": "curl", "wget": "wget", "sudo": "sudo", "just": "just", "java": "default-jre-headless", "redis-server": "redis-server",
	"honcho": "honcho", "nox": "nox", "tox": "tox",
	"poetry": "poetry", "pipenv": "pipenv", "uv": "uv", "pdm": "pdm", "hatch": "hatch", "rye": "rye", "pixi": "pixi", "conda": "conda", "heroku": "",
}

// Startable refuses a command that is sure to fail: one whose program or file no
// image has, or that listens where nobody asks. from is the file and line, or
// the setting, that gives it. What may fail is a note.
func Startable(fsys fs.FS, command []string, from string, c Container) (notes []string, err error) {
	line, ok := serving.Read(command)
	if !ok {
		return nil, nil
	}
	s := startable{fsys, c, line, from}
	for _, command := range line.Commands {
		if c.Other {
			break
		}
		if err := s.program(command); err != nil {
			return nil, err
		}
		if err := s.files(command); err != nil {
			return nil, err
		}
	}
	last := line.Last()
	at := last.Astray(c.Port, c.Variables)
	if at == "" {
		at = s.configured(last)
	}
	if at != "" {
		hint := "Correct it, or set run: {port: …} to the port that it listens on."
		if ready := line.Rebound(); ready != "" {
			hint = "Write it as `" + ready + "`, or set run: {port: …} to the port that it listens on."
		}
		return nil, s.fail(hint, "%s listens on %s, and not on every address at port %d", last.Program, at, c.Port)
	}
	if pkg := last.Package(); pkg != "" && !c.Other && last.Serves() && !(&finder{fsys: fsys, has: c.Has}).brings(pkg) {
		notes = append(notes, from+": "+last.Program+" is started, and no requirement names "+pkg+": add it where no other brings it")
	}
	return notes, nil
}

// configured is where gunicorn's own file has it listen, where that is another
// address and no option says otherwise.
func (s startable) configured(c serving.Command) string {
	if c.Program != "gunicorn" || c.Option("-b --bind") != "" || slices.Contains(s.Variables, "GUNICORN_CMD_ARGS") {
		return ""
	}
	file := strings.TrimPrefix(c.Option("-c --config"), "file:")
	if file == "" {
		file = "gunicorn.conf.py"
	}
	text, _, _ := appfile.Read(s.fsys, path.Join(s.line.Dir, file))
	bind, ok := pymodule.Read(text).Object("bind")
	if !ok || bind.Text == "" || strings.Contains(bind.Text, "{") || serving.Reaches(bind.Text, s.Port) {
		return ""
	}
	return bind.Text
}

// startable is a line under judgement.
type startable struct {
	fsys fs.FS
	Container
	line serving.Line
	from string
}

func (s startable) fail(hint, format string, args ...any) error {
	file, line, ok := strings.Cut(s.from, ":")
	var n int
	if _, err := fmt.Sscanf(line, "%d", &n); !ok || err != nil {
		return errs.New(errs.Usage, hint, "%s: the start command: %w", s.from, fmt.Errorf(format, args...))
	}
	text, _, _ := appfile.Read(s.fsys, file)
	where := appfile.At(file, text, n)
	if !strings.Contains(where.Excerpt, s.line.Last().Program) {
		where = errs.Place{File: file, Line: n}
	}
	return errs.At(where, hint, "the start command: %w", fmt.Errorf(format, args...))
}

func (s startable) program(c serving.Command) error {
	if tool, _, ok := strings.Cut(c.Runner, " "); ok && !s.Has(tool) {
		return s.fail("Write it as `"+s.line.Text()+"`: the image holds what the project needs, without an environment of its own.", "%s is not in the image", tool)
	}
	brings, known := absent[c.Program]
	if !known || strings.Contains(c.Path, "/") || s.Has(c.Program) || s.Has(brings) || slices.Contains(s.Packages, brings) {
		return nil
	}
	hint := "Name the command that it runs itself."
	if brings != "" {
		hint = "Name the command that it runs itself, or add " + brings + " to system_packages.runtime, or to the requirements."
	}
	return s.fail(hint, "%s is not in the image", c.Program)
}

// files checks the files of the app's that a command names.
func (s startable) files(c serving.Command) error {
	if c.Open() || strings.HasPrefix(s.line.Dir, "/") || strings.Contains(s.line.Dir, "$") {
		return nil
	}
	for _, name := range []string{c.Path, c.Script} {
		if !strings.Contains(name, "/") && name != c.Script || name == "" {
			continue
		}
		file, inside := strings.CutPrefix(path.Join(s.Home, s.line.Dir, name), s.Home+"/")
		if path.IsAbs(name) {
			file, inside = strings.CutPrefix(path.Clean(name), s.Home+"/")
		}
		if !inside || strings.Contains(file, "$") {
			continue
		}
		info, err := fs.Stat(s.fsys, file)
		switch {
		case err != nil:
			return s.fail("Correct the path.", "there is no %s", file)
		case !s.Sent(file) && !info.IsDir():
			return s.fail("Run `gcpdeploy files --why "+file+"`.", "%s is not among the files that are sent", file)
		case name == c.Path && info.Mode()&0o111 == 0:
			return s.fail("Run `chmod +x "+file+"`, or start it with sh.", "%s may not be executed", file)
		}
	}
	return s.app(c)
}

// app checks that a server's target is there, where it is the app's own.
func (s startable) app(c serving.Command) error {
	app, ok := c.App()
	if !ok || slices.Contains(c.Env, "PYTHONPATH") || slices.Contains(s.Variables, "PYTHONPATH") || c.Option("--chdir --pythonpath --app-dir") != "" {
		return nil
	}
	parts := strings.Split(app.Module, ".")
	if top := path.Join(s.line.Dir, parts[0]); !holdsPython(s.fsys, top) || isFile(s.fsys, top+".py") {
		return nil
	}
	tree := pytree{fsys: s.fsys}
	name := path.Join(append([]string{s.line.Dir}, parts...)...)
	if tree.source(name) == "" && !appfile.Exists(s.fsys, name) {
		return s.fail("Correct the name.", "there is no module %s (%s.py)", app.Module, name)
	}
	return nil
}
