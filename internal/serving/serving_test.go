package serving_test

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/serving"
)

func TestAstray(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ line, env, want string }{
		{"gunicorn app:app", "", ""},
		{"gunicorn app:app --bind :$PORT -w 4", "", ""},
		{"gunicorn --bind :5000 app:app", "", "0.0.0.0:5000"},
		{"gunicorn -b0.0.0.0:8000 app:app", "", "0.0.0.0:8000"},
		{"gunicorn -b :8000 -b 0.0.0.0:8080 app:app", "", ""},
		{"gunicorn --bind=127.0.0.1:8080 app:app", "", "127.0.0.1:8080"},
		{"gunicorn -b unix:/tmp/x app:app", "", ""},
		{"gunicorn -c conf.py -b :8000 app:app", "", ""},
		{"gunicorn -b ${HOST}:${OTHER} app:app", "", ""},
		{"gunicorn -b :80", "GUNICORN_CMD_ARGS", ""},
		{"uvicorn app:app", "", "127.0.0.1:8000"},
		{"uvicorn app:app --port 8080", "", "127.0.0.1:8080"},
		{"uvicorn app:app --host 0.0.0.0 --port=8000", "", "0.0.0.0:8000"},
		{"uvicorn app:app --host 0.0.0.0 --port ${PORT:-8000}", "", ""},
		{"uvicorn app:app --host :: --port 8080 --reload", "", ""},
		{"uvicorn app:app --uds /x", "", ""},
		{"uvicorn app:app", "UVICORN_PORT", ""},
		{"UVICORN_HOST=0.0.0.0 UVICORN_PORT=8080 uvicorn app:app", "", ""},
		{"PORT=5000 gunicorn --bind :5000 a:a", "", ""},
		{"python -m uvicorn a:app --host 0.0.0.0 --port 5000", "", "0.0.0.0:5000"},
		{"a && exec python3 -u -m gunicorn -b :5000 a", "", "0.0.0.0:5000"},
		{"newrelic-admin run-program gunicorn -b :5000 a", "", "0.0.0.0:5000"},
		{"hypercorn a:app --bind 0.0.0.0:8000", "", "0.0.0.0:8000"},
		{"daphne -b 0.0.0.0 -p 8001 a.asgi:application", "", "0.0.0.0:8001"},
		{"waitress-serve --listen=*:8000 a:app", "", "*:8000"},
		{"waitress-serve --port=8080 a:app", "", ""},
		{"flask run --host=0.0.0.0", "", "0.0.0.0:5000"},
		{"flask --app x run -h 0.0.0.0 -p $PORT", "", ""},
		{"flask db upgrade", "", ""},
		{"fastapi run main.py --port 80", "", "0.0.0.0:80"},
		{"streamlit run app.py", "", ""},
		{"streamlit run app.py --server.port=8501 --server.address=0.0.0.0", "", "0.0.0.0:8501"},
		{"python manage.py runserver", "", "127.0.0.1:8000"},
		{"python manage.py runserver 0.0.0.0:8000", "", "0.0.0.0:8000"},
		{"python manage.py runserver 0.0.0.0:$PORT --noreload", "", ""},
		{"python main.py --port 5000", "", ""},
		{"a | gunicorn -b :5000 b", "", ""},
	} {
		line, ok := serving.Parse(tt.line)
		got := ""
		if ok {
			got = line.Last().Astray(8080, strings.Fields(tt.env))
		}
		if strings.Replace(got, "0.0.0.0", "", 1) != strings.Replace(tt.want, "0.0.0.0", "", 1) {
			t.Errorf("%s: listens on %q, want %q", tt.line, got, tt.want)
		}
	}
}

func TestRebound(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"gunicorn -w 4 -b 0.0.0.0:5000 app:app":                                    "gunicorn -w 4 app:app",
		"gunicorn 'app:create_app()' --bind=:80 --reload":                          "gunicorn 'app:create_app()'",
		"uvicorn app.main:app --host 0.0.0.0 --port 80 --workers 2":                "exec uvicorn --host 0.0.0.0 --port ${PORT:-8080} app.main:app --workers 2",
		"python -m uvicorn app.main:app --reload":                                  "exec uvicorn --host 0.0.0.0 --port ${PORT:-8080} app.main:app",
		"exec streamlit run Home.py --server.port=8501":                            "exec streamlit run --server.address 0.0.0.0 --server.port ${PORT:-8080} Home.py",
		"cd src && A=1 gunicorn -b :80 app:app":                                    "cd src && A=1 exec gunicorn app:app",
		"python manage.py migrate --noinput && gunicorn -b 0.0.0.0:8000 shop.wsgi": "python manage.py migrate --noinput && exec gunicorn shop.wsgi",
		"poetry run gunicorn app:app -b :80":                                       "gunicorn app:app",
		"fastapi run app/main.py --port 80":                                        "exec fastapi run --host 0.0.0.0 --port ${PORT:-8080} app/main.py",
		"functions-framework --target=hello --port=8000":                           "exec functions-framework --port ${PORT:-8080} --target=hello",
		"python main.py": "",
	} {
		l, ok := serving.Parse(line)
		if got := l.Rebound(); got != want || !ok {
			t.Errorf("%s → %q, want %q", line, got, want)
		}
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"gunicorn -w 4 a.b:app":              "gunicorn a.b:app",
		"gunicorn -k uvicorn.workers.W a.b":  "gunicorn a.b:",
		"gunicorn \"a:make('x')\"":           "gunicorn a:make()",
		"uvicorn --factory a:make":           "uvicorn a:make()",
		"python -u main.py --x":              "python main.py",
		"python3 -m pkg.app":                 "python3 pkg.app",
		"sh ./run.sh":                        "sh ./run.sh",
		"./start.sh":                         "start.sh",
		"fastapi run app/main.py --port 80":  "fastapi app/main.py",
		"streamlit run --server.port 1 x.py": "streamlit x.py",
		"poetry run make":                    "make by poetry run",
		"uv run --no-sync gunicorn a:app":    "gunicorn a:app by uv run",
	} {
		l, ok := serving.Parse(line)
		if !ok {
			t.Errorf("%s is not read", line)
			continue
		}
		c := l.Last()
		got := c.Program
		if a, ok := c.App(); ok {
			got += " " + a.Target()
		} else if c.Module != "" {
			got += " " + c.Module
		} else if c.File() != "" {
			got += " " + c.File()
		}
		if c.Runner != "" {
			got += " by " + c.Runner
		}
		if got != want {
			t.Errorf("%s is %q, want %q", line, got, want)
		}
	}
	if l, ok := serving.Read([]string{"gunicorn", "a:make()", "-b", ":80"}); !ok || l.Rebound() != "gunicorn 'a:make()'" {
		t.Errorf("exec form: %q, %v", l.Rebound(), ok)
	}
	for _, line := range []string{"a | b", "a &", "if x; then y; fi", "a 'b", "", "a || b"} {
		if _, ok := serving.Parse(line); ok {
			t.Errorf("%q is read", line)
		}
	}
}
