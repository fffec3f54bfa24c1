package detect_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/detect"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

const (
	makesFlask = "from flask import Flask\ndef create_app():\n    app = Flask(__name__)\n    return app\n"
	inSrc      = "/bin/sh -c PYTHONPATH=src exec "
)

// TestEntrypointOfLayouts: where real apps keep their app object.
func TestEntrypointOfLayouts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, has, own, want, from string
		err, hint                  string // parts
		fsys                       fs.FS
	}{
		{name: "src", has: "fastapi uvicorn", fsys: tree("src/main.py", fastapi), want: uvicorn("src.main:app"), from: "src/main.py"},
		{name: "src with neighbours", has: "fastapi uvicorn", fsys: tree("src/main.py", "from db import x\n"+fastapi, "src/db.py", ""), want: inSrc + "uvicorn main:app --host 0.0.0.0 --port ${PORT:-8080}", from: "src/main.py"},
		{name: "src by its name", has: "fastapi uvicorn", fsys: tree("src/main.py", "from src.db import x\n"+fastapi, "src/db.py", ""), want: uvicorn("src.main:app"), from: "src/main.py"},
		{name: "src in a package", has: "fastapi uvicorn", fsys: tree("src/shop/__init__.py", "", "src/shop/main.py", "from shop import db\n"+fastapi, "src/shop/db.py", ""), want: inSrc + "uvicorn shop.main:app --host 0.0.0.0 --port ${PORT:-8080}", from: "src/shop/main.py"},
		{name: "src installed", has: "fastapi uvicorn", own: ".", fsys: tree("src/shop/__init__.py", "", "src/shop/main.py", "from shop import db\n"+fastapi, "src/shop/db.py", ""), want: uvicorn("shop.main:app"), from: "src/shop/main.py"},
		{name: "relative imports", has: "flask gunicorn", fsys: tree("backend/main.py", "from .db import x\n"+flask, "backend/db.py", ""), want: gunicorn + "backend.main:app", from: "backend/main.py"},
		{name: "another folder", has: "flask gunicorn", fsys: tree("backend/main.py", "import db\n"+flask, "backend/db.py", "import deep\n", "backend/deep.py", ""), want: "/bin/sh -c cd backend && exec gunicorn --threads 8 --timeout 0 main:app", from: "backend/main.py"},
		{name: "both ways", has: "fastapi uvicorn", fsys: tree("api/main.py", "import db\nfrom common import x\n"+fastapi, "api/db.py", "", "common.py", ""), want: "/bin/sh -c PYTHONPATH=api exec uvicorn main:app --host 0.0.0.0 --port ${PORT:-8080}", from: "api/main.py"},
		{name: "a folder that is no name", has: "flask gunicorn", fsys: tree("web-app/main.py", flask), want: "/bin/sh -c cd web-app && exec gunicorn --threads 8 --timeout 0 main:app", from: "web-app/main.py"},
		{name: "factory of a package", has: "flask gunicorn", fsys: tree("shop/__init__.py", makesFlask, "shop/views.py", "from flask import Blueprint\nbp = Blueprint('a', __name__)\n"), want: gunicorn + "shop:create_app()", from: "shop/__init__.py"},
		{name: "factory by another name", has: "fastapi uvicorn", fsys: tree("shop/web.py", "import fastapi\ndef build(debug=False) -> fastapi.FastAPI:\n    ...\n"), want: uvicorn("--factory shop.web:build"), from: "shop/web.py"},
		{name: "what takes a factory", has: "flask gunicorn", fsys: tree("shop/__init__.py", makesFlask, "shop/server.py", "from shop import create_app\nweb = create_app()\n"), want: gunicorn + "shop.server:web", from: "shop/server.py"},
		{name: "routes import the app", has: "flask gunicorn", fsys: tree("shop/__init__.py", flask+"from shop import routes\n", "shop/routes.py", "from shop import app\n"), want: gunicorn + "shop:app", from: "shop/__init__.py"},
		{name: "mounted", has: "fastapi uvicorn", fsys: tree("web/root.py", "from web.admin import admin\n"+fastapi, "web/admin.py", "from fastapi import FastAPI\nadmin = FastAPI()\n"), want: uvicorn("web.root:app"), from: "web/root.py"},
		{name: "conditional", has: "fastapi uvicorn", fsys: tree("main.py", "import fastapi as f\nif DEBUG:\n    app = f.FastAPI(\n        debug=True)\nelse:\n    app = f.FastAPI()\n"), want: uvicorn("main:app"), from: "main.py"},
		{name: "asgi by another file", has: "fastapi flask uvicorn gunicorn", fsys: tree("main.py", "from core import make\napp = make()\n", "core.py", "from fastapi import FastAPI\ndef make():\n  return FastAPI()\n"), want: uvicorn("main:app"), from: "main.py"},
		{name: "named to uvicorn", has: "fastapi uvicorn", fsys: tree("main.py", "import uvicorn\nif __name__ == '__main__':\n    uvicorn.run('web.server:app', port=8000, reload=True)\n", "web/server.py", fastapi), want: uvicorn("web.server:app"), from: "main.py"},
		{name: "extra of litestar", has: "litestar", fsys: tree("app.py", "from litestar import Litestar\napp = Litestar([])\n", "requirements.txt", "litestar[standard]==2\n"), want: uvicorn("app:app"), from: "app.py"},
		{name: "server of quart", has: "quart", fsys: tree("app.py", "from quart import Quart\napp = Quart(__name__)\n"), want: "/bin/sh -c exec hypercorn --bind 0.0.0.0:${PORT:-8080} app:app", from: "app.py"},
		{name: "fasthtml", has: "python-fasthtml", fsys: tree("main.py", "from fasthtml.common import *\napp, rt = fast_app()\n"), want: uvicorn("main:app"), from: "main.py"},
		{name: "sanic", has: "sanic", fsys: tree("server.py", "from sanic import Sanic\napp = Sanic('a')\n"), want: "/bin/sh -c exec sanic server:app --host=0.0.0.0 --port=${PORT:-8080}", from: "server.py"},
		{name: "tool.fastapi", has: "fastapi uvicorn", fsys: tree("main.py", fastapi, "pyproject.toml", "[tool.fastapi]\nentrypoint = \"web.api:root\"\n", "web/api.py", "from fastapi import FastAPI\nroot = FastAPI()\n"), want: uvicorn("web.api:root"), from: "pyproject.toml:2"},
		{name: "tool.fastapi is wrong", has: "fastapi uvicorn", fsys: tree("main.py", fastapi, "pyproject.toml", "[tool.fastapi]\nentrypoint = \"web:app\"\n"), err: "pyproject.toml:2:1: [tool.fastapi] names \"web:app\", which is not there", hint: "entrypoint"},
		{name: ".flaskenv", has: "flask gunicorn", fsys: tree(".flaskenv", "# x\nexport FLASK_APP=blog.py\n", "blog.py", "from shop import create_app\napp = create_app()\n", "shop/__init__.py", makesFlask), want: gunicorn + "blog:app", from: ".flaskenv:2"},
		{name: ".flaskenv with a factory", has: "flask gunicorn", fsys: tree(".flaskenv", "FLASK_APP='shop:create_app()'\n", "shop/__init__.py", makesFlask), want: gunicorn + "shop:create_app()", from: ".flaskenv:1"},
		{name: "django below", has: "django gunicorn", fsys: tree("backend/manage.py", manage, "backend/mysite/settings.py", "", "backend/mysite/wsgi.py", "application = get_wsgi_application()\n"), want: "/bin/sh -c cd backend && exec gunicorn --threads 8 --timeout 0 mysite.wsgi:application", from: "backend/mysite/wsgi.py"},
		{name: "django by a variable", has: "django gunicorn", fsys: tree("manage.py", "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', SETTINGS)\n", "config/wsgi.py", "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"), want: gunicorn + "config.wsgi:application", from: "config/wsgi.py"},
		{name: "streamlit's Home.py", has: "streamlit", fsys: tree("Home.py", "import streamlit as st\n", "pages/1_x.py", "import streamlit\n", "util.py", ""), want: "/bin/sh -c exec streamlit run Home.py --server.address 0.0.0.0 --server.port ${PORT:-8080} --server.headless true", from: "Home.py"},
		{name: "functions-framework", has: "functions-framework", fsys: tree("main.py", "import functions_framework\n@functions_framework.http\ndef hello(request):\n  return 'x'\n"), want: "functions-framework --target hello", from: "main.py"},
		{name: "several functions", has: "functions-framework", fsys: tree("main.py", "def a(request): pass\ndef b(event): pass\n"), err: "main.py defines a(request); main.py defines b(event)", hint: "`entrypoint: functions-framework --target a`, or `entrypoint: functions-framework --target b`"},
		{name: "package", fsys: tree("shop/__main__.py", "from .web import main\nmain()\n", "shop/web.py", "def main():\n    app.run(port=8080)\n", "shop/__init__.py", ""), want: "/env/bin/python -m shop", from: "shop/__main__.py"},
		{name: "package that may not serve", fsys: tree("shop/__main__.py", "print(1)\n"), err: "shop/__main__.py", hint: "`entrypoint: python -m shop`"},
		{name: "project's script", own: ".", fsys: tree("pyproject.toml", "[project]\nname='shop'\nscripts.shop = 'shop.cli:main'\n", "src/shop/cli.py", "def main():\n    uvicorn.run(app, port=os.environ['PORT'])\n"), want: "shop", from: "pyproject.toml [project.scripts]"},
		{name: "project's program with arguments", own: ".", fsys: tree("pyproject.toml", "[project]\nname='shop'\nscripts.shop = 'shop.cli:main'\n", "shop/cli.py", "import click\nuvicorn.run(app, host='0.0.0.0')\n", "Dockerfile", "FROM python\nCMD [\"shop\", \"serve\"]\n"), err: "Dockerfile:2 starts it, and may listen", hint: "`entrypoint: shop serve`"},
		{name: "a project in a folder of src", has: "app fastapi uvicorn", own: ".", fsys: tree("src/py/app/__init__.py", "", "src/py/app/asgi.py", "from app.core import x\n"+fastapi, "src/py/app/core.py", ""), want: "/bin/sh -c cd src/py && exec uvicorn app.asgi:app --host 0.0.0.0 --port ${PORT:-8080}", from: "src/py/app/asgi.py"},
		{name: "a template's folder", has: "flask gunicorn", fsys: tree("{{name}}/main.py", flask, "my app/main.py", flask), err: "there is no web line"},
		{name: "requirements deep down", fsys: tree("services/web/app.py", flask, "services/web/requirements.txt", "flask\n"), err: "its requirements are in services/web", hint: "--source services/web"},
		{name: "several apps", has: "flask gunicorn", fsys: tree("a/web.py", flask, "b/web.py", flask), err: "a/web.py defines app (Flask); b/web.py defines app (Flask)", hint: "`entrypoint: gunicorn --threads 8 --timeout 0 a.web:app`, or `entrypoint: gunicorn"},
		{name: "one app, no server", has: "flask", fsys: tree("web/site.py", flask), err: "web/site.py defines app (Flask) (add gunicorn to the requirements)", hint: "web.site:app"},
		{name: "flask's run.py", has: "flask gunicorn", fsys: tree("run.py", "import os\nfrom shop import create_app\napp = create_app(os.getenv('X') or 'default')\n"+runs, "shop/__init__.py", "from flask import Flask\ndef create_app(name):\n    app = Flask(__name__)\n    return app\n"), want: gunicorn + "run:app", from: "run.py"},
		{name: "django by a package of its", has: "wagtail gunicorn", fsys: tree("manage.py", manage, "mysite/wsgi.py", "application = get_wsgi_application()\n"), want: gunicorn + "mysite.wsgi:application", from: "mysite/wsgi.py"},
		{name: "its own requirements", fsys: tree("backend/main.py", fastapi, "backend/requirements.txt", "fastapi\n", "frontend/package.json", ""), err: "backend/main.py defines app (FastAPI), and its requirements are in backend", hint: "--source backend"},
		{name: "aiohttp's script", has: "aiohttp", fsys: tree("src/bot.py", "from aiohttp import web\napp = web.Application()\nif __name__ == '__main__':\n    web.run_app(app, port=int(os.environ['PORT']))\n"), want: "/env/bin/python -m src.bot", from: "src/bot.py"},
		{name: "aiohttp's script elsewhere", has: "aiohttp", fsys: tree("bot.py", "from aiohttp import web\nif __name__ == '__main__':\n    web.run_app(make())\n"), err: "bot.py serves when it is started", hint: "`entrypoint: python bot.py`"},
		{name: "server in setup.py alone", has: "flask", fsys: tree("main.py", flask, "requirements.txt", "flask", "setup.py", "setup(install_requires=['gunicorn>=20'])"), err: "main.py defines app (Flask), and no server", hint: "Write `.` into requirements.txt: the project itself requires gunicorn."},
		{name: "a file that is there", fsys: tree("thing.py", "x = 1\n"), err: "no entrypoint was found: there is no web line", hint: "`entrypoint: python thing.py`"},
		{name: "not a web app", has: "typer gunicorn", fsys: tree("app.py", "import typer\napp = typer.Typer()\n"), err: "no entrypoint was found", hint: "python app.py"},
		{name: "in a string, and a function", has: "flask gunicorn", fsys: tree("x/a.py", "x = 'app = Flask(__name__)'\ndef f(y):\n  app = Flask(y)\n"), err: "there is no web line", hint: "Set entrypoint in gcpdeploy.yaml, or give"},
		{name: "tests and docs", has: "flask gunicorn", fsys: tree("tests/app.py", flask, "docs/conf.py", flask, "examples/a.py", flask), err: "there is no web line", hint: "Set entrypoint"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := detect.Entrypoint(tt.fsys, packages(tt.has), strings.Fields(tt.own)...)
			if tt.err != "" {
				if fault(t, err, tt.err); !strings.Contains(errs.HintOf(err), tt.hint) {
					t.Errorf("the hint is %q, want %q", errs.HintOf(err), tt.hint)
				}
				return
			}
			check(t, err)
			if join(got.Value) != tt.want || got.From != tt.from {
				t.Errorf("Entrypoint = %q from %s\nwant %q from %s", join(got.Value), got.From, tt.want, tt.from)
			}
		})
	}
}
