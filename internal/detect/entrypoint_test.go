package detect_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/detect"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

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
		{name: "app.yaml with a Dockerfile", fsys: tree("app.yaml", "runtime: custom\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n", "wsgi.py", serves), want: "/bin/sh -c exec gunicorn -b :$PORT main:app", from: "app.yaml:3"},
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
