package project

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// Self is the pseudo-file that stands for the project itself, installed as
// `pip install .` would.
const Self = "."

var setupNamed = regexp.MustCompile(`(?m)^\s*name\s*=\s*["']?([A-Za-z0-9][A-Za-z0-9._-]*)|\(\s*name\s*=\s*["']([A-Za-z0-9][A-Za-z0-9._-]*)`)

// self is the requirement for the project; it is refused where no file tells its name.
func self(fsys fs.FS) (closure.Strings, error) {
	p, err := Read(fsys)
	if err == nil && p != nil {
		err = p.unlocked()
	}
	if err != nil {
		return closure.Strings{}, err
	}
	if p != nil && p.Project.Name != "" {
		return closure.Strings{File: File, Lines: []closure.Located{{Text: p.Project.Name, Path: Self, Line: p.line("project.name", 0)}}}, nil
	}
	for _, file := range []string{"setup.cfg", "setup.py"} {
		text, _, _ := appfile.Read(fsys, file)
		if m := setupNamed.FindStringSubmatchIndex(text); m != nil {
			at := max(m[2], m[4])
			return closure.Strings{File: file, Lines: []closure.Located{{Text: text[at:max(m[3], m[5])], Path: Self, Line: appfile.LineOf(text, at)}}}, nil
		}
	}
	return closure.Strings{}, errs.New(errs.Usage, "Write `.` into requirements.txt.", "the project is to be installed, and no file tells its name")
}

// installs says why the project has to be installed to be run: its modules are
// in src, or it has scripts. "" where it need not be.
func (p *Pyproject) installs(fsys fs.FS) string {
	if p == nil || p.Build == nil || p.Project.Name == "" || p.Tool.UV.Package != nil && !*p.Tool.UV.Package {
		return ""
	}
	packages, _ := fs.Glob(fsys, "src/*/__init__.py")
	switch {
	case len(packages) > 0:
		return "its modules are in src"
	case len(p.Project.Scripts) > 0:
		return "it has [project.scripts]"
	}
	return ""
}

var setupCall = regexp.MustCompile(`(?m)^\s*(?:\w+\.)?setup\s*\(`)

// setup is the file that describes the project to setuptools without
// pyproject.toml, "" for none.
func setup(fsys fs.FS) string {
	if text, _, _ := appfile.Read(fsys, "setup.py"); setupCall.MatchString(text) {
		return "setup.py"
	}
	if text, _, _ := appfile.Read(fsys, "setup.cfg"); slices.Contains(strings.Split(text, "\n"), "[options]") {
		return "setup.cfg"
	}
	return ""
}

var (
	setupList = regexp.MustCompile(`(?s)\binstall_requires\s*=\s*[\[(](.*?)[\])]`)
	setupText = regexp.MustCompile(`(?m)^install_requires\s*=((?:.*\n?)(?:[ \t]+.*\n?)*)`)
	quotedReq = regexp.MustCompile(`["']([A-Za-z0-9][\w.-]*)`)
	nameOnly  = regexp.MustCompile(`^\s*([A-Za-z0-9][\w.-]*)`)
)

// SetupNames are the projects that install_requires of setup.py or setup.cfg
// names, as far as a text shows it.
func SetupNames(fsys fs.FS) (names []string) {
	text, _, _ := appfile.Read(fsys, "setup.py")
	if list := setupList.FindStringSubmatch(text); list != nil {
		for _, m := range quotedReq.FindAllStringSubmatch(list[1], -1) {
			names = append(names, pep508.Normal(m[1]))
		}
	}
	text, _, _ = appfile.Read(fsys, "setup.cfg")
	if list := setupText.FindStringSubmatch(text); list != nil {
		for line := range strings.Lines(list[1]) {
			if m := nameOnly.FindStringSubmatch(line); m != nil {
				names = append(names, pep508.Normal(m[1]))
			}
		}
	}
	return names
}

// other finds requirements where neither a requirements file nor pyproject.toml's
// dependencies are the source; ok is false where nothing is.
func (p *Pyproject) other(fsys fs.FS) (f appfile.Found[[]string], ok bool) {
	if appfile.Exists(fsys, "requirements.lock") {
		return appfile.Found[[]string]{Value: []string{"requirements.lock"}, From: "requirements.lock"}, true
	}
	if why := p.installs(fsys); why != "" {
		return appfile.Found[[]string]{Value: []string{Self}, From: appfile.Ref(File, p.line("project.name", 0)),
			Notes: []string{"the project is installed, as `pip install .` would: " + why}}, true
	}
	return f, false
}

// last finds requirements where no other file has any: a project of setuptools'
// older files, or the block in a script.
func last(fsys fs.FS) (f appfile.Found[[]string], ok bool) {
	if file := setup(fsys); file != "" {
		return appfile.Found[[]string]{Value: []string{Self}, From: file,
			Notes: []string{"the project is installed, as `pip install .` would: its requirements are in " + file}}, true
	}
	if file := scriptFile(fsys); file != "" {
		return appfile.Found[[]string]{Value: []string{file}, From: file + " (# /// script)"}, true
	}
	return f, false
}
