package imagefile_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gcpdeploy/gcpdeploy/internal/imagefile"
)

func TestRead(t *testing.T) {
	t.Parallel()
	const text = `# syntax=docker/dockerfile:1
ARG PY=3.11
FROM node:20 AS web
RUN apt-get update && apt-get install -y nodejs
FROM python:${PY}-slim AS base
ENV PYTHONPATH=/code/src WORKERS=3
WORKDIR /code
RUN set -eux; apt-get update \
 && apt-get install -y --no-install-recommends libpq5=15* \
    # a comment
    graphviz $MORE && rm -rf /var/lib/apt/lists/*
RUN <<END
apt-get install -y -qq ffmpeg
from os import makedirs
END
FROM base AS prod
COPY requirements.txt .
COPY backend/ src/
COPY --from=web /x/dist ./static
COPY main.py run.sh /code/
COPY ["one.py", "two.py"]
EXPOSE 80
ENTRYPOINT ["python"]
CMD ["main.py", "--port", "80"]
`
	m, ok := imagefile.Read(text)
	if !ok || m.Base != "python:3.11-slim" || m.BaseLine != 5 || m.Dir != "/code" || strings.Join(m.Command, " ") != "python main.py --port 80" || m.Line != 23 || m.Env["WORKERS"] != "3" {
		t.Fatalf("%+v, %v", m, ok)
	}
	var got []string
	for _, in := range m.Installs {
		name := in.Package
		if in.Early {
			name = "(" + name + ")"
		}
		got = append(got, name)
	}
	if s := strings.Join(got, " "); s != "libpq5 graphviz ffmpeg (nodejs)" {
		t.Errorf("installs %s", s)
	}
	app := fstest.MapFS{"backend/pkg/app.py": {}, "main.py": {}, "one.py": {}, "run.sh": {}, "requirements.txt": {}}
	for at, want := range map[string]string{"src/pkg/app.py": "backend/pkg/app.py", "/code/src": "backend", "main.py": "main.py", "requirements.txt": "requirements.txt",
		"two.py": "one.py", "static/x.js": "", "other.py": "", "src/no.py": ""} {
		if got, _ := m.Source(app, at); got != want {
			t.Errorf("%s is %q, want %q", at, got, want)
		}
	}
}

func TestStages(t *testing.T) {
	t.Parallel()
	m, ok := imagefile.Read("FROM python:3.12 AS build\nWORKDIR /app\nCOPY . .\nFROM gcr.io/x/${NO}\nCOPY --from=build /app /srv\nWORKDIR /srv\nCMD gunicorn a:b\n")
	if !ok || m.Base != "" || strings.Join(m.Command, "|") != "/bin/sh|-c|gunicorn a:b" {
		t.Fatalf("%+v, %v", m, ok)
	}
	if got, _ := m.Source(fstest.MapFS{"a.py": {}}, "a.py"); got != "a.py" {
		t.Errorf("a.py is %q", got)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("FROM a AS a\nFROM a\nCOPY --from=a . .\nRUN apt-get install <<E\nx\nE\n")
	f.Fuzz(func(t *testing.T, text string) {
		if m, ok := imagefile.Read(text); ok {
			m.Source(fstest.MapFS{"a.py": {}}, "a.py")
		}
	})
}
