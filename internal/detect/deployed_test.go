package detect_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/detect"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// TestEntrypointOfOtherPlatforms: what a Dockerfile and its like start.
func TestEntrypointOfOtherPlatforms(t *testing.T) {
	t.Parallel()
	const image = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\n"
	for _, tt := range []struct {
		name, has, want, from, note string
		err, hint                   string
		fsys                        fs.FS
	}{
		{name: "exec form", has: "flask gunicorn", fsys: tree("Dockerfile", image+`CMD ["gunicorn", "-w", "3", "-b", "0.0.0.0:5000", "site.web:create_app()"]`, "site/web.py", makesFlask), want: "gunicorn -w 3 site.web:create_app()", from: "Dockerfile:4"},
		{name: "port 80", has: "fastapi uvicorn", fsys: tree("Dockerfile", image+`CMD ["uvicorn","app.main:app","--host","0.0.0.0","--port","80"]`, "app/main.py", fastapi), want: "/bin/sh -c exec uvicorn --host 0.0.0.0 --port ${PORT:-8080} app.main:app", from: "Dockerfile:4"},
		{name: "before main.py", has: "flask gunicorn", fsys: tree("Dockerfile", image+"CMD gunicorn svc:web", "main.py", flask, "svc.py", "import flask\nweb = flask.Flask('a')\n"), want: "gunicorn svc:web", from: "Dockerfile:4"},
		{name: "a folder copied", has: "fastapi uvicorn", fsys: tree("Dockerfile", "FROM python:3.12\nWORKDIR /code\nCOPY ./backend /code/\nCMD uvicorn main:app", "backend/main.py", fastapi), want: "/bin/sh -c cd backend && exec uvicorn --host 0.0.0.0 --port ${PORT:-8080} main:app", from: "Dockerfile:4"},
		{name: "a folder kept", has: "fastapi uvicorn", fsys: tree("Dockerfile", "FROM python:3.12\nWORKDIR /code\nCOPY ./app /code/app\nCMD uvicorn app.main:app --workers $N\nENV N=2", "app/main.py", fastapi), want: "/bin/sh -c exec uvicorn --host 0.0.0.0 --port ${PORT:-8080} app.main:app --workers 2", from: "Dockerfile:4", note: "variables, which the app gets only where the settings of the service name them: N"},
		{name: "PYTHONPATH", has: "flask gunicorn", fsys: tree("Dockerfile", image+"ENV PYTHONPATH=/app/src\nCMD gunicorn shop.web:app", "src/shop/web.py", flask), want: "/bin/sh -c PYTHONPATH=src exec gunicorn shop.web:app", from: "Dockerfile:5"},
		{name: "migrations first", has: "django gunicorn", fsys: tree("Dockerfile", image+"CMD python manage.py migrate && gunicorn shop.wsgi -b :8000", "manage.py", "", "shop/wsgi.py", ""), want: "/bin/sh -c python manage.py migrate && exec gunicorn shop.wsgi", from: "Dockerfile:4"},
		{name: "bind in a file", has: "flask gunicorn", fsys: tree("Dockerfile", image+"CMD gunicorn -c conf/g.py a:app", "a.py", flask, "conf/g.py", "bind = '0.0.0.0:80'\n"), want: "/bin/sh -c exec gunicorn -c conf/g.py a:app --bind 0.0.0.0:${PORT:-8080}", from: "Dockerfile:4"},
		{name: "flask run", has: "flask gunicorn", fsys: tree("Dockerfile", image+"ENV FLASK_APP=shop.py\nCMD [\"flask\", \"run\", \"--host=0.0.0.0\"]", "shop.py", flask), want: gunicorn + "shop:app", from: "Dockerfile:5"},
		{name: "script that listens", fsys: tree("Dockerfile", image+`ENTRYPOINT ["python", "tool.py"]`, "tool.py", "x.listen(8080)"), want: "python tool.py", from: "Dockerfile:4"},
		{name: "script that may not", fsys: tree("Dockerfile", image+`CMD ["python", "tool.py"]`, "tool.py", "run()"), err: "Dockerfile:4 starts it, and may listen on another port", hint: "`entrypoint: python tool.py`"},
		{name: "shell script", fsys: tree("Dockerfile", image+`CMD ["./start.sh"]`, "start.sh", "exec gunicorn"), err: "Dockerfile:4", hint: "`entrypoint: ./start.sh`"},
		{name: "script before it", has: "flask gunicorn", fsys: tree("Dockerfile", image+"ENTRYPOINT [\"/entry.sh\"]\nCMD [\"gunicorn\", \"web.a:app\"]", "web/a.py", "app = 1\n"), err: "by a script of its own", hint: "`entrypoint: gunicorn web.a:app`"},
		{name: "server not required", has: "flask", fsys: tree("Dockerfile", image+"CMD gunicorn web.a:app", "web/a.py", "app = make()\n"), err: "Dockerfile:4 starts it (add gunicorn to the requirements)", hint: "gunicorn web.a:app"},
		{name: "what is not there", has: "flask gunicorn", fsys: tree("Dockerfile", image+"CMD gunicorn gone:app", "main.py", flask), want: gunicorn + "main:app", from: "main.py"},
		{name: "another program", has: "flask gunicorn", fsys: tree("Dockerfile", "FROM nginx\nCMD nginx -g x", "main.py", flask), want: gunicorn + "main:app", from: "main.py"},
		{name: "no Dockerfile at all", has: "flask gunicorn", fsys: tree("Dockerfile", "x\x00", "main.py", flask), want: gunicorn + "main:app", from: "main.py"},
		{name: "render", has: "fastapi uvicorn", fsys: tree("render.yaml", "services:\n  - type: worker\n    startCommand: python w.py\n  - type: web\n    runtime: python\n    rootDir: api\n    startCommand: uvicorn main:app --host 0.0.0.0 --port $PORT\n", "api/main.py", fastapi), want: "/bin/sh -c cd api && exec uvicorn --host 0.0.0.0 --port ${PORT:-8080} main:app", from: "render.yaml:7"},
		{name: "two on render", has: "flask gunicorn", fsys: tree("render.yaml", "services:\n- type: web\n  startCommand: gunicorn a.x:app\n- type: web\n  startCommand: gunicorn b.x:app\n", "a/x.py", flask, "b/x.py", flask), err: "render.yaml:3", hint: "`entrypoint: gunicorn a.x:app`, or `entrypoint: gunicorn b.x:app`"},
		{name: "fly", has: "flask gunicorn", fsys: tree("fly.toml", "app = 'x'\n[processes]\n  app = \"poetry run gunicorn --bind :8080 web:app\"\n  worker = 'celery'\n", "web.py", flask), want: "gunicorn web:app", from: "fly.toml:3"},
		{name: "two that agree", has: "flask gunicorn", fsys: tree("fly.toml", "[processes]\nweb = 'gunicorn -w 2 web:app'\n", "Dockerfile", image+"CMD gunicorn -b :80 web:app", "web.py", flask), want: "gunicorn -w 2 web:app", from: "fly.toml:2"},
		{name: "two that do not", has: "flask gunicorn", fsys: tree("fly.toml", "[processes]\nweb = 'gunicorn -w 2 api:app'\n", "Dockerfile", image+"CMD gunicorn web:app", "web.py", flask, "api.py", flask), err: "fly.toml:2 starts it; Dockerfile:4 starts it", hint: "or `entrypoint: gunicorn web:app`"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := detect.Entrypoint(tt.fsys, packages(tt.has))
			if tt.err != "" {
				if fault(t, err, tt.err); !strings.Contains(errs.HintOf(err), tt.hint) {
					t.Errorf("the hint is %q, want %q", errs.HintOf(err), tt.hint)
				}
				return
			}
			check(t, err)
			if join(got.Value) != tt.want || got.From != tt.from || !strings.Contains(join(got.Notes), tt.note) {
				t.Errorf("Entrypoint = %q from %s %q\nwant %q from %s", join(got.Value), got.From, got.Notes, tt.want, tt.from)
			}
		})
	}
}
