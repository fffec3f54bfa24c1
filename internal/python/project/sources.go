package project

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// RequirementFiles are looked for in this order; the first that is there is taken.
var RequirementFiles = []string{
	"requirements.txt",
	"requirements/production.txt", "requirements/prod.txt", "requirements/base.txt", "requirements/requirements.txt",
}

// foreign are dependency files of other tools, with how to get a requirements
// file from each.
var foreign = []struct{ file, hint string }{
	{"Pipfile", "Run `pipenv lock`."},
	{"environment.yml", "Write what pip should install into requirements.txt."},
	{"environment.yaml", "Write what pip should install into requirements.txt."},
	{"requirements.in", "Run `pip-compile requirements.in`, or set requirements: [requirements.in]."},
}

// Requirements gives the requirement files; may hold pseudo-files, see
// Dependencies. locks are the app's lock files, the preferred one first: that
// one is taken before all else, and what else names requirements is in Beside. An
// app without any is fine; one whose dependencies are in a form that cannot be
// read is an error.
func Requirements(fsys fs.FS, locks ...string) (appfile.Found[[]string], error) {
	p, err := Read(fsys)
	if err != nil {
		return appfile.Found[[]string]{}, err
	}
	f, err := p.requirements(fsys, locks)
	if err == nil && p != nil && len(p.Tool.UV.Limits) > 0 && path.Base(f.From) != "uv.lock" {
		f.Notes = append(f.Notes, "the build-constraint-dependencies of [tool.uv] are used with uv.lock alone: write them as wheels.build_constraints")
	}
	return f, err
}

func (p *Pyproject) requirements(fsys fs.FS, locks []string) (appfile.Found[[]string], error) {
	inProject := p != nil && (p.Project.Dependencies != nil || slices.Contains(p.Project.Dynamic, "dependencies"))
	file := requirementsFile(fsys, inProject)
	if len(locks) > 0 {
		f := appfile.Found[[]string]{Value: locks[:1], From: locks[0], Beside: slices.Clone(locks[1:])}
		if file != "" {
			f.Beside = append(f.Beside, file)
		}
		return f, nil
	}
	if file != "" {
		f := appfile.Found[[]string]{Value: []string{file}, From: file}
		if inProject && len(p.Project.Dependencies) > 0 && !namesItself(fsys, file) {
			f.Notes = []string{file + " is used; the dependencies in pyproject.toml are not"}
		}
		if why := p.installs(fsys); why != "" && !namesItself(fsys, file) {
			f.Notes = append(f.Notes, "the project is not installed, though "+why+": write `.` into "+file+" if the app needs that")
		}
		if names := SetupNames(fsys); len(names) > 0 && !namesItself(fsys, file) {
			f.Notes = append(f.Notes, file+" is used; the install_requires of "+setup(fsys)+" are not: write `.` into "+file+" if the app needs them")
		}
		return f, nil
	}
	if f, ok := p.other(fsys); ok {
		return f, nil
	}
	if p != nil && p.Project.Dependencies != nil {
		f := appfile.Found[[]string]{Value: []string{File}, From: appfile.Ref(File, p.line("project.dependencies", 0))}
		if len(p.Project.Dependencies) == 0 {
			f.From = File
		}
		return f, nil
	}
	if inProject {
		return p.dynamic()
	}
	if p != nil && p.Tool.Poetry != nil && len(p.Tool.Poetry.Dependencies) > 0 {
		return appfile.Found[[]string]{}, errs.New(errs.Usage, "Run `poetry lock`.", "the dependencies are in %s's [tool.poetry.dependencies], and there is no poetry.lock", File)
	}
	for _, f := range foreign {
		if appfile.Exists(fsys, f.file) {
			return appfile.Found[[]string]{}, errs.New(errs.Usage, f.hint, "the dependencies are in %s, and there is no requirements.txt", f.file)
		}
	}
	if f, ok := last(fsys); ok {
		return f, nil
	}
	return appfile.Found[[]string]{Value: []string{}, From: "default", Notes: []string{
		"no requirements: neither requirements.txt nor [project] dependencies in pyproject.toml was found"}}, nil
}

// itself is a requirement line for the project that the file lies in.
var itself = regexp.MustCompile(`(?m)^\s*((-e|--editable)[ =]*)?\./?(\[[^\]]*\])?\s*($|[;#]| --)`)

func namesItself(fsys fs.FS, file string) bool {
	text, _, _ := appfile.Read(fsys, file)
	return itself.MatchString(text)
}

// requirementsFile is the app's requirements.txt, or, where pyproject.toml names
// no dependencies, a file that stands for one; "" for none.
func requirementsFile(fsys fs.FS, inProject bool) string {
	files := RequirementFiles
	if inProject {
		files = files[:1]
	}
	for _, file := range files {
		if appfile.Exists(fsys, file) {
			return file
		}
	}
	return ""
}

// dynamic follows setuptools' way to keep dependencies in files.
func (p *Pyproject) dynamic() (appfile.Found[[]string], error) {
	files := p.dynamicFiles()
	if len(files) == 0 && p.Build != nil {
		return appfile.Found[[]string]{Value: []string{Self}, From: File,
			Notes: []string{"the project is installed, as `pip install .` would: its dependencies are dynamic"}}, nil
	}
	if len(files) == 0 {
		line := p.line("project.dynamic", max(0, slices.Index(p.Project.Dynamic, "dependencies")))
		return appfile.Found[[]string]{}, errs.At(appfile.At(File, p.text, line), "Write them to requirements.txt, or set requirements in gcpdeploy.yaml.",
			"the dependencies are dynamic, so that only the build backend knows them")
	}
	return appfile.Found[[]string]{Value: files, From: "pyproject.toml [tool.setuptools.dynamic]"}, nil
}

func (p *Pyproject) dynamicFiles() (files []string) {
	switch f := p.Tool.Setuptools.Dynamic.Dependencies.File.(type) {
	case string:
		files = strings.Split(f, ",")
	case []any:
		for _, name := range f {
			files = append(files, fmt.Sprint(name))
		}
	}
	for i := range files {
		files[i] = strings.TrimSpace(files[i])
	}
	return files
}
