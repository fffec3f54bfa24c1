package project_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/python/project"
)

func TestRequirements(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, want, from, note, err string
		locks, beside               string
		fsys                        fs.FS
	}{
		{name: "none", fsys: tree("main.py", ""), from: "default", note: "no requirements"},
		{name: "file", fsys: tree("requirements.txt", "flask"), want: "requirements.txt", from: "requirements.txt"},
		{name: "folder", fsys: tree("requirements/prod.txt", "", "requirements/base.txt", ""), want: "requirements/prod.txt", from: "requirements/prod.txt"},
		{name: "project", fsys: tree("pyproject.toml", "[project]\nname='x'\ndependencies = [\n  'flask',\n]\n", "requirements/prod.txt", ""), want: "pyproject.toml", from: "pyproject.toml:4"},
		{name: "project without any", fsys: tree("pyproject.toml", "[project]\nname='x'\ndependencies = []\n"), want: "pyproject.toml", from: "pyproject.toml"},
		{name: "file wins", fsys: tree("requirements.txt", "", "pyproject.toml", "project.dependencies = ['a']"), want: "requirements.txt", from: "requirements.txt", note: "pyproject.toml are not"},
		{name: "file names the project", fsys: tree("requirements.txt", "six\n-e .[web]  # us\n", "pyproject.toml", "project.dependencies = ['a']"), want: "requirements.txt", from: "requirements.txt"},
		{name: "tools only", fsys: tree("requirements.txt", "", "pyproject.toml", "[tool.black]\n"), want: "requirements.txt", from: "requirements.txt"},
		{name: "lock", locks: "uv.lock", fsys: tree("pyproject.toml", "[project]\ndependencies = ['a']\n"), want: "uv.lock", from: "uv.lock"},
		{name: "locks", locks: "../uv.lock pylock.toml", fsys: tree("requirements.txt", "flask"), want: "../uv.lock", from: "../uv.lock", beside: "pylock.toml requirements.txt"},
		{name: "lock and a folder", locks: "Pipfile.lock", fsys: tree("Pipfile", "", "requirements/base.txt", ""), want: "Pipfile.lock", from: "Pipfile.lock", beside: "requirements/base.txt"},
		{name: "lock of a project and a folder", locks: "uv.lock", fsys: tree("pyproject.toml", "project.dependencies = ['a']", "requirements/base.txt", ""), want: "uv.lock", from: "uv.lock"},
		{name: "setuptools", fsys: tree("pyproject.toml", "[project]\ndynamic=['version', 'dependencies']\n[tool.setuptools.dynamic]\ndependencies = {file = ['reqs/a.txt', 'b.txt']}\n"), want: "reqs/a.txt b.txt", from: "pyproject.toml [tool.setuptools.dynamic]"},
		{name: "dynamic", fsys: tree("pyproject.toml", "[project]\ndynamic=[\n'version',\n'dependencies']\n"), err: "pyproject.toml:4:1: the dependencies are dynamic"},
		{name: "poetry", fsys: tree("pyproject.toml", "[tool.poetry.dependencies]\nflask='*'\n"), err: "tool.poetry.dependencies"},
		{name: "pipenv", fsys: tree("Pipfile", ""), err: "the dependencies are in Pipfile"},
		{name: "src layout", fsys: tree("pyproject.toml", "[build-system]\nrequires=['hatchling']\n[project]\nname='x'\ndependencies = ['flask']\n", "src/x/__init__.py", ""), want: ".", from: "pyproject.toml:4", note: "installed, as `pip install .` would: its modules are in src"},
		{name: "scripts", fsys: tree("pyproject.toml", "build-system.requires=[]\n[project]\nname='x'\nscripts.x='x:main'\n"), want: ".", from: "pyproject.toml:3", note: "[project.scripts]"},
		{name: "scripts of no package", fsys: tree("pyproject.toml", "build-system.requires=[]\n[project]\nname='x'\ndependencies=[]\nscripts.x='x:main'\n[tool.uv]\npackage=false\n"), want: "pyproject.toml", from: "pyproject.toml"},
		{name: "scripts beside a file", fsys: tree("requirements.txt", "", "pyproject.toml", "build-system.requires=[]\n[project]\nname='x'\nscripts.x='x:main'\n"), want: "requirements.txt", from: "requirements.txt", note: "write `.` into requirements.txt"},
		{name: "dynamic of a backend", fsys: tree("pyproject.toml", "build-system.requires=['hatchling']\n[project]\nname='x'\ndynamic=['dependencies']\n"), want: ".", from: "pyproject.toml", note: "dynamic"},
		{name: "setup.py", fsys: tree("setup.py", "from setuptools import setup\nsetup(install_requires=['gunicorn'])\n"), want: ".", from: "setup.py", note: "its requirements are in setup.py"},
		{name: "setup.cfg", fsys: tree("setup.cfg", "[metadata]\nname=x\n[options]\ninstall_requires =\n  flask\n"), want: ".", from: "setup.cfg", note: "setup.cfg"},
		{name: "setup.cfg for tools", fsys: tree("setup.cfg", "[flake8]\n"), from: "default", note: "no requirements"},
		{name: "setup.py beside a file", fsys: tree("requirements.txt", "six\n", "setup.py", "setup(\n install_requires=[\n 'gunicorn>=20',\n ])\n"), want: "requirements.txt", from: "requirements.txt", note: "install_requires of setup.py are not: write `.` into requirements.txt"},
		{name: "setup.py in a file", fsys: tree("requirements.txt", "-e .\n", "setup.py", "setup(install_requires=['gunicorn'])\n"), want: "requirements.txt", from: "requirements.txt"},
		{name: "rye", fsys: tree("requirements.lock", "flask==3\n", "pyproject.toml", "[project]\nname='x'\ndependencies=['flask']\n"), want: "requirements.lock", from: "requirements.lock"},
		{name: "script", fsys: tree("serve.py", "# /// script\n# dependencies = ['flask']\n# ///\n", "other.py", "x = 1"), want: "serve.py", from: "serve.py (# /// script)"},
		{name: "two scripts", fsys: tree("a.py", "# /// script\n# dependencies = []\n# ///\n", "b.py", "# /// script\n# dependencies = []\n# ///\n"), from: "default", note: "no requirements"},
		{name: "conda", fsys: tree("environment.yml", ""), err: "environment.yml"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := project.Requirements(tt.fsys, strings.Fields(tt.locks)...)
			if tt.err != "" {
				fault(t, err, tt.err)
				return
			}
			check(t, err)
			if join(got.Value) != tt.want || got.From != tt.from || join(got.Beside) != tt.beside || !strings.Contains(join(got.Notes), tt.note) || (tt.note == "") != (len(got.Notes) == 0) {
				t.Errorf("Requirements = %+v, want %q from %s, note %q", got, tt.want, tt.from, tt.note)
			}
		})
	}
}

func TestSelfAndScript(t *testing.T) {
	t.Parallel()
	fsys := tree("pyproject.toml", "[project]\nname='x'\n", "a.py", "#!/usr/bin/env python\n# /// script\n# requires-python = '>=3.11'\n# dependencies = [\n#   'flask>=3',\n#\n#   \"six\",\n# ]\n# ///\n", "b.py", "# /// script\n# x = [\n# ///\n", "c.py", "")
	got, ok, err := project.Dependencies(fsys, ".")
	if check(t, err); !ok || got.File != "pyproject.toml" || len(got.Lines) != 1 || got.Lines[0].Text != "x" || got.Lines[0].Path != "." || got.Lines[0].Line != 2 {
		t.Errorf("the project is %+v, %v", got, ok)
	}
	got, ok, err = project.Dependencies(fsys, "a.py")
	if check(t, err); !ok || len(got.Lines) != 2 || got.Lines[0].Text != "flask>=3" || got.Lines[0].Line != 5 || got.Lines[1].Line != 7 {
		t.Errorf("the script is %+v, %v", got, ok)
	}
	_, _, err = project.Dependencies(fsys, "b.py")
	fault(t, err, "b.py:2:1: the block # /// script")
	if _, ok, err := project.Dependencies(fsys, "c.py"); ok || err != nil {
		t.Errorf("a file without a block: %v, %v", ok, err)
	}
}
