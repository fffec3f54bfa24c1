package detect_test

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/detect"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// tree makes a file system of name, content pairs.
func tree(pairs ...string) fs.FS {
	m := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return m
}

func packages(names string) func(string) bool {
	return func(name string) bool { return slices.Contains(strings.Fields(names), name) }
}

// fault checks that err is a usage error that holds the text.
func fault(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) || errs.KindOf(err) != errs.Usage {
		t.Errorf("error %v (%v), want a usage error with %q", err, errs.KindOf(err), want)
	}
}

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
		{"free-threaded", tree(".python-version", "\n3.13t\n"), "", "", "", ".python-version:2:1: free-threaded"},
		{"pypy", tree(".python-version", "pypy3.10-7.3\n"), "", "", "", "no version of CPython"},
		{"old", tree("runtime.txt", "python-3.7.1\n"), "", "", "", "runtime.txt:1:1: Python 3.7 is not supported"},
		{"two", tree("runtime.txt", "python-2.7.18\n"), "", "", "", "no version of CPython 3"},
		{"requires at least", tree("pyproject.toml", requires(">=3.10")), "3.14", "pyproject.toml:3", "newest", ""},
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
		{"pipenv", tree("Pipfile.lock", `{"_meta": {"requires": {"python_version": "3.10"}}}`), "3.10", "Pipfile.lock", "newest that Pipfile.lock admits (3.10)", ""},
		{"poetry", tree("poetry.lock", "[metadata]\npython-versions = \"^3.9,<3.12\"\n"), "3.11", "poetry.lock", "^3.9,<3.12", ""},
		{"a lock of its own", tree("pylock.toml", "requires-python = \">=3.10,<3.13\"\n", "app.yaml", "runtime: python310\n"), "3.12", "pylock.toml", "newest", ""},
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
			got, err := detect.Requirements(tt.fsys, strings.Fields(tt.locks)...)
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

const project = `[project]
name = "My.App"
dependencies = [
    "flask>=3",  # the web
    # "old",
    'numpy==2.0 ; python_version < "3.13"',
]
optional-dependencies.web = ["gunicorn"]
optional-dependencies.all = ["my-app[web,Db]", "x"]

[project.optional-dependencies]
db = [
  "psycopg",
]

[dependency-groups]
Test_All = [
  {include-group = "base"},
  "pytest",
]
base = ["httpx"]
loop = [{include-group = "LOOP"}]
odd = [{what = "base"}]
`

func TestDependencies(t *testing.T) {
	t.Parallel()
	// The two dotted lines stand before the table in TOML's order of things, so take them apart.
	text := strings.Replace(project, "optional-dependencies.web = [\"gunicorn\"]\noptional-dependencies.all = [\"my-app[web,Db]\", \"x\"]\n", "\n\n", 1)
	text = strings.Replace(text, "db = [", "web = [\"gunicorn\"]\nall = [\"my-app[web,Db]\", \"x\"]\ndb = [", 1)
	fsys := tree("pyproject.toml", text)
	const file = "pyproject.toml"
	for name, want := range map[string][]detect.Located{
		file:                {{"flask>=3", file, 4}, {`numpy==2.0 ; python_version < "3.13"`, file, 6}},
		file + "[web]":      {{"gunicorn", file, 12}},
		file + "[All]":      {{"gunicorn", file, 12}, {"psycopg", file, 15}, {"x", file, 13}},
		file + "[testall]":  nil,
		file + "[test-all]": {{"httpx", file, 23}, {"pytest", file, 21}},
	} {
		got, ok, err := detect.Dependencies(fsys, name)
		if want == nil {
			fault(t, err, "no dependency group or extra")
			continue
		}
		check(t, err)
		if diff := cmp.Diff(want, got); diff != "" || !ok {
			t.Errorf("Dependencies(%s), %v (-want +got):\n%s", name, ok, diff)
		}
	}
	for name, want := range map[string]string{file + "[loop]": "includes itself", file + "[odd]": "pyproject.toml:25", file + "[]": "no dependency group"} {
		_, ok, err := detect.Dependencies(fsys, name)
		if fault(t, err, want); !ok {
			t.Errorf("Dependencies(%s) is not ok", name)
		}
	}
	for _, name := range []string{"requirements.txt", "pyproject.toml.txt", "pyproject.toml[x", "x/pyproject.toml"} {
		if _, ok, err := detect.Dependencies(fsys, name); ok || err != nil {
			t.Errorf("Dependencies(%s) = %v, %v", name, ok, err)
		}
	}
	_, _, err := detect.Dependencies(tree(), file)
	fault(t, err, "there is no pyproject.toml")
}

const (
	flask    = "from flask import Flask\napp = Flask(__name__)\n"
	runs     = "if __name__ == \"__main__\":\n    app.run()\n"
	serves   = "if __name__ == '__main__':\n    app.run(host='0.0.0.0', port=8080)\n"
	fastapi  = "from fastapi import FastAPI\n\napp: FastAPI = FastAPI(title='x')\n"
	gunicorn = "gunicorn --threads 8 --timeout 0 "
	manage   = "import os\ndef main():\n    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'mysite.settings')\nif __name__ == '__main__':\n    main()\n"
)

func uvicorn(target string) string {
	return "/bin/sh -c exec uvicorn " + target + " --host 0.0.0.0 --port ${PORT:-8080}"
}

func TestEntrypoint(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, has, want, from, note, err string
		fsys                             fs.FS
	}{
		{name: "procfile", fsys: tree("Procfile", "worker: x\nweb: gunicorn app:app\nrelease: y\n", "wsgi.py", serves), want: "gunicorn app:app", from: "Procfile:2", note: "Procfile:3: the release"},
		{name: "procfile with a shell", fsys: tree("Procfile", "web: python manage.py migrate && gunicorn -b :$PORT m.wsgi\r\n"), want: "/bin/sh -c python manage.py migrate && exec gunicorn -b :$PORT m.wsgi", from: "Procfile:1"},
		{name: "procfile with quotes", fsys: tree("Procfile", "web: gunicorn 'app:create_app()'\n"), want: "gunicorn app:create_app()", from: "Procfile:1"},
		{name: "procfile broken", fsys: tree("Procfile", "\nweb: gunicorn 'app\n"), err: "Procfile:2:1: the command has a ' without"},
		{name: "procfile without web", fsys: tree("Procfile", "worker: x\nrelease: y\n", "wsgi.py", serves), want: "/env/bin/python /app/wsgi.py", from: "wsgi.py", note: "release"},
		{name: "app.yaml", fsys: tree("app.yaml", "runtime: python312\nentrypoint: gunicorn -b :$PORT main:app\n", "wsgi.py", serves), want: "/bin/sh -c exec gunicorn -b :$PORT main:app", from: "app.yaml:2"},
		{name: "recipe", has: "flask gunicorn", fsys: tree("wsgi.py", flask+serves), want: "/env/bin/python /app/wsgi.py", from: "wsgi.py"},
		{name: "recipe without a guard", has: "flask", fsys: tree("wsgi.py", flask+"app.run(host='0.0.0.0', port=8080)\n"), want: "/env/bin/python /app/wsgi.py", from: "wsgi.py"},
		{name: "wsgi with the development server", has: "flask gunicorn", fsys: tree("wsgi.py", "from x import app\n"+runs), want: gunicorn + "wsgi:app", from: "wsgi.py"},
		{name: "wsgi object", has: "gunicorn", fsys: tree("wsgi.py", "from app import create_app\napplication = create_app()\n"), want: gunicorn + "wsgi:application", from: "wsgi.py"},
		{name: "wsgi import as", has: "gunicorn", fsys: tree("wsgi.py", "from pkg import app as application\n"), want: gunicorn + "wsgi:application", from: "wsgi.py"},
		{name: "wsgi function", has: "gunicorn", fsys: tree("wsgi.py", "def application(environ, start_response):\n    pass\n"), want: gunicorn + "wsgi:application", from: "wsgi.py"},
		{name: "wsgi without server", fsys: tree("wsgi.py", flask), err: "wsgi.py defines app (Flask), and no server"},
		{name: "wsgi unknown", fsys: tree("wsgi.py", "import os\nos.environ['X']\n"), want: "/env/bin/python /app/wsgi.py", from: "wsgi.py", note: "run as a script"},
		{name: "flask", has: "flask gunicorn", fsys: tree("main.py", flask+runs), want: gunicorn + "main:app", from: "main.py"},
		{name: "own gunicorn configuration", has: "flask gunicorn", fsys: tree("main.py", flask, "gunicorn.conf.py", ""), want: "gunicorn main:app", from: "main.py"},
		{name: "two names", has: "flask gunicorn", fsys: tree("app.py", "import flask\napplication = app = flask.Flask(__name__)\n"), want: gunicorn + "app:app", from: "app.py"},
		{name: "waitress", has: "flask waitress", fsys: tree("app.py", flask), want: "/bin/sh -c exec waitress-serve --listen 0.0.0.0:${PORT:-8080} app:app", from: "app.py"},
		{name: "flask script", has: "flask", fsys: tree("main.py", flask+runs), want: "/env/bin/python /app/main.py", from: "main.py", note: "add gunicorn"},
		{name: "flask script that binds", has: "flask", fsys: tree("main.py", flask+serves), want: "/env/bin/python /app/main.py", from: "main.py"},
		{name: "flask alone", has: "flask", fsys: tree("main.py", flask), err: "main.py defines app (Flask)"},
		{name: "factory", has: "flask gunicorn", fsys: tree("app/__init__.py", "from flask import Flask\n\ndef create_app(config=None, *, test=False):\n    app = Flask(__name__)\n    return app\n"), want: gunicorn + "app:create_app()", from: "app/__init__.py"},
		{name: "factory with arguments", has: "flask gunicorn", fsys: tree("main.py", "def create_app(config):\n    pass\n"), err: "there is no web line"},
		{name: "docstring", has: "flask gunicorn", fsys: tree("main.py", "\"\"\"\napp = Flask(__name__)\n\"\"\"\n", "app.py", flask), want: gunicorn + "app:app", from: "app.py"},
		{name: "comment", has: "flask gunicorn", fsys: tree("main.py", "# x\n#app = Flask(1)\nx = '#'\n", "server.py", flask), want: gunicorn + "server:app", from: "server.py"},
		{name: "fastapi", has: "fastapi uvicorn gunicorn", fsys: tree("main.py", fastapi+runs), want: uvicorn("main:app"), from: "main.py"},
		{name: "fastapi in a package", has: "fastapi uvicorn", fsys: tree("app/__init__.py", "", "app/main.py", fastapi), want: uvicorn("app.main:app"), from: "app/main.py"},
		{name: "fastapi standard", has: "fastapi", fsys: tree("main.py", fastapi, "requirements.txt", "fastapi[standard]==0.115\n"), want: uvicorn("main:app"), from: "main.py"},
		{name: "fastapi factory", has: "fastapi uvicorn", fsys: tree("main.py", "from fastapi import FastAPI\ndef create_app() :\n  return FastAPI()\n"), want: uvicorn("--factory main:create_app"), from: "main.py"},
		{name: "fastapi without server", has: "fastapi gunicorn", fsys: tree("main.py", fastapi), err: "main.py defines app (FastAPI), and no server"},
		{name: "hypercorn", has: "quart hypercorn", fsys: tree("app.py", "from quart import Quart\napp = Quart(__name__)\n"), want: "/bin/sh -c exec hypercorn --bind 0.0.0.0:${PORT:-8080} app:app", from: "app.py"},
		{name: "dash", has: "dash gunicorn", fsys: tree("app.py", "from dash import Dash\napp = Dash(__name__)\nserver = app.server\n"), want: gunicorn + "app:server", from: "app.py"},
		{name: "dash script", has: "dash gunicorn", fsys: tree("app.py", "import dash\napp = dash.Dash(__name__)\n"+serves), want: "/env/bin/python /app/app.py", from: "app.py"},
		{name: "dash alone", has: "dash gunicorn", fsys: tree("app.py", "import dash\napp = dash.Dash(__name__)\n"), err: "Dash app that no server can name"},
		{name: "django", has: "django gunicorn", fsys: tree("manage.py", manage, "mysite/settings.py", "WSGI_APPLICATION = 'mysite.wsgi.application'\n"), want: gunicorn + "mysite.wsgi:application", from: "mysite/wsgi.py"},
		{name: "django settings package", has: "django gunicorn", fsys: tree("manage.py", manage, "mysite/settings/__init__.py", "", "mysite/wsgi.py", "application = get_wsgi_application()\n"), want: gunicorn + "mysite.wsgi:application", from: "mysite/wsgi.py"},
		{name: "django asgi", has: "django daphne", fsys: tree("manage.py", manage, "mysite/wsgi.py", "application = get_wsgi_application()\n", "mysite/asgi.py", "application = get_asgi_application()\n"), want: "/bin/sh -c exec daphne -b 0.0.0.0 -p ${PORT:-8080} mysite.asgi:application", from: "mysite/asgi.py"},
		{name: "django without server", has: "django", fsys: tree("manage.py", manage, "mysite/wsgi.py", "application = get_wsgi_application()\n"), err: "mysite/wsgi.py defines application, and no server"},
		{name: "streamlit", has: "streamlit", fsys: tree("streamlit_app.py", "import streamlit as st\n"), want: "/bin/sh -c exec streamlit run streamlit_app.py --server.address 0.0.0.0 --server.port ${PORT:-8080} --server.headless true", from: "streamlit_app.py"},
		{name: "gradio", has: "gradio", fsys: tree("app.py", "import gradio as gr\ndemo = gr.Interface()\ndemo.launch()\n"), want: "/bin/sh -c GRADIO_SERVER_NAME=0.0.0.0 GRADIO_SERVER_PORT=${PORT:-8080} exec python app.py", from: "app.py"},
		{name: "plain script", fsys: tree("server.py", "import http.server\nif __name__ == '__main__':\n    serve(8080)\n"), want: "/env/bin/python /app/server.py", from: "server.py"},
		{name: "script in a package", fsys: tree("app/main.py", "if '__main__' == __name__:\n    serve('0.0.0.0')\n"), want: "/env/bin/python -m app.main", from: "app/main.py"},
		{name: "nothing", fsys: tree("README.md", ""), err: "no entrypoint was found: there is no web line in Procfile"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := detect.Entrypoint(tt.fsys, packages(tt.has))
			if tt.err != "" {
				fault(t, err, tt.err)
				if tt.name != "procfile broken" && !errors.Is(err, detect.ErrNoEntrypoint) {
					t.Errorf("%v is not ErrNoEntrypoint", err)
				}
				if errs.HintOf(err) == "" {
					t.Error("no hint")
				}
				return
			}
			check(t, err)
			if join(got.Value) != tt.want || got.From != tt.from || !strings.Contains(join(got.Notes), tt.note) || (tt.note == "" && len(got.Notes) > 0) {
				t.Errorf("Entrypoint = %q from %s %q\nwant %q from %s, note %q", join(got.Value), got.From, got.Notes, tt.want, tt.from, tt.note)
			}
		})
	}
}

func TestTests(t *testing.T) {
	t.Parallel()
	const (
		bare = "def test_a():\n    assert 1\n"
		unit = "import unittest\n\nclass A(unittest.TestCase):\n    def test_a(self): pass\n"
	)
	for _, tt := range []struct {
		name, has, want, reqs, extra, from, note string
		fsys                                     fs.FS
	}{
		{name: "none", fsys: tree("main.py", "", "tests.py", "# Create your tests here.\n"), from: "default", note: "no tests were found"},
		{name: "pytest by style", fsys: tree("tests/test_a.py", bare), want: "python -m pytest", extra: "pytest", from: "tests/test_a.py", note: "name it in requirements-test.txt"},
		{name: "pytest in the runtime", has: "pytest", fsys: tree("test_a.py", unit), want: "python -m pytest", from: "test_a.py"},
		{name: "pytest in a file", fsys: tree("test_a.py", unit, "requirements-dev.txt", "black\nPyTest>=8 # x\n"), want: "python -m pytest", reqs: "requirements-dev.txt", from: "test_a.py"},
		{name: "pytest in an included file", fsys: tree("test_a.py", unit, "requirements/dev.txt", "-r more.txt\n", "requirements/more.txt", "pytest-cov\n"), want: "python -m pytest", reqs: "requirements/dev.txt", from: "test_a.py"},
		{name: "pytest in a group", fsys: tree("tests/test_a.py", bare, "pyproject.toml", "[dependency-groups]\ndev=['pytest']\n[tool.pytest.ini_options]\n"), want: "python -m pytest", reqs: "pyproject.toml[dev]", from: "pyproject.toml [tool.pytest]"},
		{name: "test before dev", fsys: tree("test_a.py", bare, "pyproject.toml", "[project.optional-dependencies]\ntest=['pytest']\ndev=['x']\n"), want: "python -m pytest", reqs: "pyproject.toml[test]", from: "test_a.py"},
		{name: "pytest.ini", fsys: tree("x_test.py", unit, "pytest.ini", "[pytest]\n"), want: "python -m pytest", extra: "pytest", from: "pytest.ini", note: "asks for pytest"},
		{name: "conftest", fsys: tree("tests/test_a.py", unit, "tests/conftest.py", ""), want: "python -m pytest", extra: "pytest", from: "tests/conftest.py"},
		{name: "lone tests.py by pytest", has: "pytest", fsys: tree("tests.py", bare), want: "python -m pytest tests.py", from: "tests.py"},
		{name: "unittest", fsys: tree("test_a.py", unit), want: "python -m unittest discover", from: "test_a.py"},
		{name: "unittest with requirements", fsys: tree("test_a.py", unit, "requirements-test.txt", "responses\n"), want: "python -m unittest discover", reqs: "requirements-test.txt", from: "test_a.py"},
		{name: "unittest in a package", fsys: tree("tests/__init__.py", "", "tests/test_a.py", unit, "test_b.py", unit), want: "python -m unittest discover", from: "test_b.py"},
		{name: "unittest in a folder", fsys: tree("tests/test_a.py", unit), want: "python -m unittest discover -s tests", from: "tests/test_a.py"},
		{name: "unittest by another pattern", fsys: tree("a_test.py", unit), want: "python -m unittest discover -p *_test.py", from: "a_test.py"},
		{name: "unittest in two folders", fsys: tree("a/test_a.py", unit, "b/test_b.py", unit), want: "python -m unittest a/test_a.py b/test_b.py", from: "a/test_a.py"},
		{name: "unittest deep", fsys: tree("a/b/test_a.py", unit), want: "python -m unittest a/b/test_a.py", from: "a/b/test_a.py"},
		{name: "lone tests.py", fsys: tree("tests.py", unit), want: "python -m unittest discover", from: "tests.py"},
		{name: "django", has: "django", fsys: tree("manage.py", manage, "shop/tests.py", unit), want: "python manage.py test --noinput", from: "manage.py"},
		{name: "django by pytest", has: "django", fsys: tree("manage.py", manage, "shop/tests/test_a.py", unit, "requirements-dev.txt", "pytest-django"), want: "python -m pytest", reqs: "requirements-dev.txt", from: "shop/tests/test_a.py"},
		{name: "end to end only", fsys: tree("e2e_test.py", bare, "e2e/test_a.py", bare), from: "default", note: "e2e, e2e_test.py"},
		{name: "end to end beside", has: "pytest", fsys: tree("test_a.py", bare, "e2e/test_a.py", bare, "system_tests/x.py", ""), want: "python -m pytest --ignore=e2e", from: "test_a.py", note: "e2e"},
		{name: "end to end beside unittest", fsys: tree("test_a.py", unit, "test_e2e.py", unit), want: "python -m unittest test_a.py", from: "test_a.py", note: "test_e2e.py"},
		{name: "not ours", fsys: tree(".venv/test_a.py", bare, "my/pyvenv.cfg", "", "my/lib/test_a.py", bare, "node_modules/x/test_x.py", bare), from: "default", note: "no tests"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := detect.Test(tt.fsys, packages(tt.has), nil)
			check(t, err)
			extra := ""
			for _, l := range got.Value.Extra {
				extra += l.Text
			}
			if join(got.Value.Command) != tt.want || join(got.Value.Requirements) != tt.reqs || extra != tt.extra || got.From != tt.from || !strings.Contains(join(got.Notes), tt.note) {
				t.Errorf("Test = %+v\nwant %q, %q, extra %q from %s, note %q", got, tt.want, tt.reqs, tt.extra, tt.from, tt.note)
			}
		})
	}
}
