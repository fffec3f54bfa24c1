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
