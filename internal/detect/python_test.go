package detect_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/detect"
)

func TestPython(t *testing.T) {
	t.Parallel()
	project := "[project]\nname = \"x\"\nrequires-python = \"%\"\n"
	requires := func(spec string) string { return strings.Replace(project, "%", spec, 1) }
	for _, tt := range []struct {
		name       string
		fsys       fs.FS
		want, from string
		note, err  string // parts of the notes, of the error
	}{
		{"nothing", tree(), "3.12", "default", "", ""},
		{"plain", tree(".python-version", "3.11\n"), "3.11", ".python-version", "", ""},
		{"patch", tree(".python-version", "3.11.9\n"), "3.11", ".python-version", "3.11.9 is taken as 3.11", ""},
		{"prefix", tree(".python-version", "cpython@3.10\r\n"), "3.10", ".python-version", "", ""},
		{"uv's long form", tree(".python-version", "cpython-3.13\n"), "3.13", ".python-version", "", ""},
		{"comments and several", tree(".python-version", "# main\n\n3.13.1 # x\n3.11\n"), "3.13", ".python-version", "", ""},
		{"system first", tree(".python-version", "system\n3.9\n"), "3.9", ".python-version", "", ""},
		{"dev", tree(".python-version", "3.14-dev\n"), "3.14", ".python-version", "3.14-dev", ""},
		{"major only", tree(".python-version", "3\n"), "3.12", ".python-version", "leaves the minor", ""},
		{"empty file", tree(".python-version", "# nothing\n", "runtime.txt", "python-3.10.4"), "3.10", "runtime.txt", "", ""},
		{"both", tree(".python-version", "3.13", "runtime.txt", "python-3.10.4"), "3.13", ".python-version", "", ""},
		{"free-threaded", tree(".python-version", "\n3.13t\n"), "3.13t", ".python-version", "", ""},
		{"free-threaded, as uv says it", tree(".python-version", "cpython-3.14.1+freethreaded\n"), "3.14t", ".python-version", "3.14t, the patch level is", ""},
		{"free-threaded, of a branch", tree(".python-version", "3.14t-dev\n"), "3.14t", ".python-version", "3.14t, the patch level is", ""},
		{"free-threaded before there was one", tree(".python-version", "3.12t\n"), "", "", "", ".python-version:1:1: Python 3.12t is not supported"},
		{"a later one", tree(".python-version", "3.17\n"), "3.17", ".python-version", "", ""},
		{"later ones alone", tree("pyproject.toml", "[project]\nname = 'x'\nversion = '1'\nrequires-python = '>=3.17'\n"), "3.17", "pyproject.toml:4", "", ""},
		{"a later image", tree("Dockerfile", "FROM python:3.17-slim\n"), "3.17", "Dockerfile:1", "", ""},
		{"pypy", tree(".python-version", "pypy3.10-7.3\n"), "", "", "", "no version of CPython"},
		{"old", tree("runtime.txt", "python-3.7.1\n"), "", "", "", "runtime.txt:1:1: Python 3.7 is not supported"},
		{"two", tree("runtime.txt", "python-2.7.18\n"), "", "", "", "no version of CPython 3"},
		{"requires at least", tree("pyproject.toml", requires(">=3.10")), "3.12", "pyproject.toml:3", "allows 3.10, 3.11, 3.12, 3.13, 3.14, 3.15, and it is the default", ""},
		{"requires a later one", tree("pyproject.toml", requires(">=3.13")), "3.13", "pyproject.toml:3", "it is the nearest to the default, 3.12", ""},
		{"requires an earlier one", tree("pyproject.toml", requires("<3.11")), "3.10", "pyproject.toml:3", "nearest", ""},
		{"the image before the default", tree("pyproject.toml", requires(">=3.9"), "Dockerfile", "ARG V=3.10\nFROM python:${V}-slim\n"), "3.10", "pyproject.toml:3", "Dockerfile:2 uses it", ""},
		{"an image that is not allowed", tree("pyproject.toml", requires(">=3.11"), "Dockerfile", "FROM python:3.9\n"), "3.12", "pyproject.toml:3", "default", ""},
		{"the image alone", tree("Dockerfile", "FROM python:3.13.1-bookworm\n"), "3.13", "Dockerfile:1", "", ""},
		{"another image", tree("Dockerfile", "FROM ubuntu:3.10\n"), "3.12", "default", "", ""},
		{"the lock's wheels", tree("pyproject.toml", requires(">=3.9"), "uv.lock", "wheels = [{ url = \"https://x/numpy-1.26.4-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl\" }, {url = \"https://x/six-1.0-py3-none-any.whl\"}, {url = \"https://x/numpy-1.26.4-cp312-cp312-macosx_11_0_arm64.whl\"}]\n"), "3.11", "pyproject.toml:3", "uv.lock has more wheels for it", ""},
		{"wheels of the default, too", tree("pyproject.toml", requires(">=3.9"), "poetry.lock", "files = [{file = \"a-1-cp39-abi3-manylinux_2_17_x86_64.whl\"}]"), "3.12", "pyproject.toml:3", "default", ""},
		{"tox", tree("tox.ini", "[tox]\nenvlist = py{39,310}, lint\n"), "3.10", "tox.ini", "", ""},
		{"tox's other ways", tree("pyproject.toml", requires(">=3.9"), "tox.ini", "[tox]\nenv_list =\n    py3{13,14}-django\n    3.13\n"), "3.13", "pyproject.toml:3", "tox.ini tests it", ""},
		{"ci", tree(".github/workflows/ci.yml", "    strategy:\n      matrix:\n        python-version: [\"3.10\", \"3.11\"]\n"), "3.11", ".github/workflows/ci.yml", "", ""},
		{"ci with the default", tree(".github/workflows/ci.yml", "        python-version:\n        - '3.11'\n        - '3.12'\n        - '3.13'\n"), "3.12", "default", "", ""},
		{"asdf", tree(".tool-versions", "nodejs 20\npython 3.11.4 # x\n"), "3.11", ".tool-versions", "taken as 3.11", ""},
		{"mise", tree("mise.toml", "[tools]\nnode = '20'\npython = ['3.13', '3.12']\n"), "3.13", "mise.toml", "", ""},
		{"mise without", tree("mise.toml", "[tools]\nnode = '20'\n"), "3.12", "default", "", ""},
		{"asdf, and not ours", tree(".tool-versions", "python 3.6\n"), "", "", "", ".tool-versions:1:1: Python 3.6 is not supported"},
		{"setup.cfg", tree("setup.cfg", "[options]\npython_requires = >=3.13\n"), "3.13", "setup.cfg:2", "python_requires >=3.13", ""},
		{"a script's block", tree("main.py", "# /// script\n# requires-python = '==3.11.*'\n# ///\n"), "3.11", "main.py", "", ""},
		{"setup.py", tree("setup.py", "setup(python_requires='>=3.8,<3.11')"), "3.10", "setup.py:1", "", ""},
		{"requires range", tree("pyproject.toml", requires(">=3.10,<3.13")), "3.12", "pyproject.toml:3", "", ""},
		{"requires patch", tree("pyproject.toml", requires("==3.11.4")), "3.11", "pyproject.toml:3", "", ""},
		{"requires star", tree("pyproject.toml", requires("==3.9.*")), "3.9", "pyproject.toml:3", "", ""},
		{"requires tilde", tree("pyproject.toml", requires("~=3.11.2")), "3.11", "pyproject.toml:3", "", ""},
		{"requires at most", tree("pyproject.toml", requires("<=3.12")), "3.12", "pyproject.toml:3", "", ""},
		{"requires nothing we have", tree("pyproject.toml", requires(">=3.20")), "", "", "", "pyproject.toml:3:1: requires-python \">=3.20\" allows no supported"},
		{"requires no specifier", tree("pyproject.toml", requires("^3.9")), "", "", "", "no version specifier"},
		{"against requires", tree(".python-version", "3.9", "pyproject.toml", requires(">=3.11")), "3.9", ".python-version", "requires-python in pyproject.toml is", ""},
		{"bad toml", tree("pyproject.toml", "[project\nname = 1\n"), "", "", "", "pyproject.toml:1:"},
		{"wrong type", tree("pyproject.toml", "[project]\nname = 1\n"), "", "", "", "pyproject.toml:2:"},
		{"pipenv", tree("Pipfile.lock", `{"_meta": {"requires": {"python_version": "3.10"}}}`), "3.10", "Pipfile.lock", "", ""},
		{"poetry", tree("poetry.lock", "[metadata]\npython-versions = \"^3.9,<3.12\"\n"), "3.11", "poetry.lock", "poetry.lock (^3.9,<3.12) allows 3.9, 3.10, 3.11", ""},
		{"a lock of its own", tree("pylock.toml", "requires-python = \">=3.10,<3.13\"\n", "app.yaml", "runtime: python310\n"), "3.12", "pylock.toml", "default", ""},
		{"a lock that does not say", tree("Pipfile.lock", "{}", "app.yaml", "runtime: python310\n"), "3.10", "app.yaml:1", "", ""},
		{"the project before the lock", tree("pyproject.toml", requires("==3.11.*"), "uv.lock", "requires-python = \">=3.10\"\n"), "3.11", "pyproject.toml:3", "", ""},
		{"gae standard", tree("app.yaml", "env_variables: {A: b}\nruntime: python313\n"), "3.13", "app.yaml:2", "", ""},
		{"gae flexible", tree("app.yaml", "runtime: python\nenv: flex\nruntime_config:\n    runtime_version: \"3.10\"\n"), "3.10", "app.yaml:1", "", ""},
		{"gae unquoted", tree("app.yaml", "runtime: python\nruntime_config:\n    runtime_version: 3.10\n"), "3.10", "app.yaml:1", "", ""},
		{"gae stale", tree("app.yaml", "runtime: python\nruntime_config:\n    python_version: 3.7\n"), "3.12", "default", "asks for Python 3.7", ""},
		{"gae major only", tree("app.yaml", "runtime: python\nruntime_config:\n    python_version: 3\n"), "3.12", "default", "asks for Python 3,", ""},
		{"another's app.yaml", tree("app.yaml", "name: x\nservices: []\n"), "3.12", "default", "", ""},
		{"app.yaml is no yaml", tree("app.yaml", "{{ if }}\n\t- a: [\n"), "3.12", "default", "", ""},
		{"a folder of that name", tree(".python-version/x", "3.9"), "3.12", "default", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := detect.Python(tt.fsys, "uv.lock", "poetry.lock", "pylock.toml", "Pipfile.lock")
			if tt.err != "" {
				fault(t, err, tt.err)
				return
			}
			check(t, err)
			if got.Value != tt.want || got.From != tt.from || !strings.Contains(strings.Join(got.Notes, "\n"), tt.note) {
				t.Errorf("Python = %+v, want %s from %s, note %q", got, tt.want, tt.from, tt.note)
			}
		})
	}
}
