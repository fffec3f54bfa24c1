package detect_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/detect"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// TestStartable: what is sure to fail is told before anything is built.
func TestStartable(t *testing.T) {
	t.Parallel()
	app := fstest.MapFS{"Procfile": {Data: []byte("web: make run\n")}, "main.py": {}, "run.sh": {}, "bin/go": {Mode: 0o755}, "secret.sh": {Mode: 0o755}, "shop/web.py": {},
		"conf/g.py": {Data: []byte("bind = '0.0.0.0:5000'\n")}, "conf/own.py": {Data: []byte("bind = f'0.0.0.0:{PORT}'\n")}}
	for _, tt := range []struct{ line, has, err, hint, note string }{
		{line: "gunicorn main:app", has: "gunicorn"},
		{line: "gunicorn main:app", note: "no requirement names gunicorn"},
		{line: "make run", err: "Procfile:1:1: the start command: make is not in the image", hint: "Name the command"},
		{line: "npm start && python main.py", err: "npm is not in the image"},
		{line: "ffmpeg -x"},
		{line: "shop serve"},
		{line: "git pull"},
		{line: "poetry run gunicorn main:app -b :$PORT", err: "poetry is not in the image", hint: "`gunicorn main:app -b :$PORT`"},
		{line: "uv run gunicorn main:app", has: "uv gunicorn"},
		{line: "./start.sh", err: "there is no start.sh"},
		{line: "./run.sh", err: "run.sh may not be executed", hint: "chmod +x"},
		{line: "sh run.sh"},
		{line: "bash scripts/x.sh", err: "there is no scripts/x.sh"},
		{line: "bin/go", err: ""},
		{line: "/usr/bin/x"},
		{line: "/app/gone", err: "there is no gone"},
		{line: "./secret.sh", err: "not among the files that are sent", hint: "files --why secret.sh"},
		{line: "python wsgi.py", err: "there is no wsgi.py"},
		{line: "cd shop && python web.py"},
		{line: "cd shop && python main.py", err: "there is no shop/main.py"},
		{line: "python $FILE"},
		{line: "gunicorn shop.web:app", has: "gunicorn"},
		{line: "gunicorn shop.gone:app", has: "gunicorn", err: "there is no module shop.gone (shop/gone.py)"},
		{line: "gunicorn other.gone:app", has: "gunicorn"},
		{line: "PYTHONPATH=x gunicorn shop.gone:app", has: "gunicorn"},
		{line: "gunicorn --bind :5000 main:app", has: "gunicorn", err: "gunicorn listens on :5000, and not on every address at port 8080", hint: "`gunicorn main:app`"},
		{line: "uvicorn main:app", has: "uvicorn", err: "uvicorn listens on 127.0.0.1:8000", hint: "--port ${PORT:-8080}"},
		{line: "python manage.py runserver", err: "there is no manage.py"},
		{line: "gunicorn -c conf/g.py main:app", has: "gunicorn", err: "gunicorn listens on 0.0.0.0:5000"},
		{line: "gunicorn -c conf/g.py -b :$PORT main:app", has: "gunicorn"},
		{line: "gunicorn -c conf/own.py main:app", has: "gunicorn"},
		{line: "a | b"},
	} {
		command, err := config.ParseCommand(tt.line)
		check(t, err)
		notes, err := detect.Startable(app, command, "Procfile:1", detect.Container{Port: 8080, Home: "/app", Has: packages(tt.has), Packages: []string{"git"},
			Sent: func(file string) bool { return file != "secret.sh" }})
		if tt.err == "" {
			if err != nil || !strings.Contains(join(notes), tt.note) || tt.note == "" && len(notes) > 0 {
				t.Errorf("%s: %v, %q", tt.line, err, notes)
			}
			continue
		}
		if fault(t, err, tt.err); !strings.Contains(errs.HintOf(err), tt.hint) || errs.PlaceOf(err) == nil {
			t.Errorf("%s: the hint is %q, want %q; at %v", tt.line, errs.HintOf(err), tt.hint, errs.PlaceOf(err))
		}
		if _, err := detect.Startable(app, command, "Procfile:1", detect.Container{Port: 8080, Home: "/app", Has: packages(tt.has), Other: true}); err != nil && !strings.Contains(tt.err, "listens") && !strings.Contains(tt.line, "runserver") {
			t.Errorf("%s: %v, though the image may hold anything", tt.line, err)
		}
	}
}
