package engine

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// app writes a folder of files, and loads it.
func app(t *testing.T, files map[string]string) (*App, error) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return Load(t.Context(), config.Input{Targets: targets, Dir: dir})
}

func TestLoadOwn(t *testing.T) {
	t.Parallel()
	files := func(change ...string) map[string]string {
		m := map[string]string{
			"gcpdeploy.yaml":           "project: my-project\nregion: europe-west1\nservice: s\nentrypoint: x\npython: \"3.12\"\ntest: false\n",
			"requirements.txt":         "./static\n-e ./setup\n",
			"static/pyproject.toml":    "[project]\nname='static'\ndependencies=['click']\n",
			"static/static.py":         "",
			"setup/setup.py":           "",
			"template/main.Dockerfile": "ARG RUNTIME\nFROM ${RUNTIME}\n",
		}
		for i := 0; i+1 < len(change); i += 2 {
			m[change[i]] = change[i+1]
		}
		return m
	}
	load := func(change ...string) *App {
		t.Helper()
		a, err := app(t, files(change...))
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	wheels := func(a *App) string { return plan.KeysOf(a.App, "").Wheels.Hash }
	a := load()
	if !strings.Contains(string(a.Main), `"-e /app/setup","/app/static"]`) {
		t.Errorf("the image is made by\n%s", a.Main)
	}
	if wheels(a) != wheels(load("static/static.py", "x = 1")) {
		t.Error("code decides the wheels")
	}
	if wheels(a) == wheels(load("static/pyproject.toml", "[project]\nname='static'\ndependencies=['six']\n")) {
		t.Error("a dependency does not decide the wheels")
	}
	if wheels(a) == wheels(load("setup/more.py", "x = 1")) {
		t.Error("of a project without a [project] table, a file does not decide the wheels")
	}
	if notes := strings.Join(a.Notes, "\n"); !strings.Contains(notes, "requirements.txt:2: setup: it has no pyproject.toml with a [project] table") {
		t.Errorf("notes: %s", notes)
	}

	// Its files travel with the wheels' build, those of the other do not.
	names := strings.Join(archive(t, a, plan.Make(a.App, aPlace, plan.Facts{})), "\n")
	if !strings.Contains(names, ".gcpdeploy/wheels/src/setup/setup.py") || strings.Contains(names, "wheels/src/static") {
		t.Errorf("the archive holds\n%s", names)
	}

	own := load("gcpdeploy.yaml", files()["gcpdeploy.yaml"]+"templates: template\n")
	if notes := strings.Join(own.Notes, "\n"); !strings.Contains(notes, "main.Dockerfile does not use .Own: the app's own packages (-e /app/setup, /app/static)") {
		t.Errorf("notes with a template of the user's own: %s", notes)
	}

	own = load("gcpdeploy.yaml", files()["gcpdeploy.yaml"]+"templates: template\nslim: [tests]\n", "template/wheel.Dockerfile", "FROM scratch AS runtime\n")
	if notes := strings.Join(own.Notes, "\n"); !strings.Contains(notes, "wheel.Dockerfile does not use .Slim: nothing is removed from packages") {
		t.Errorf("notes with a template that slims nothing: %s", notes)
	}

	_, err := app(t, files(".gcloudignore", "static\n"))
	if errs.KindOf(err) != errs.Usage || !strings.Contains(errs.HintOf(err), "files --why static") {
		t.Errorf("a project that is not sent: %v", err)
	}
}

// archive lists the files that a plan's build gets.
func archive(t *testing.T, a *App, p plan.Plan) (names []string) {
	t.Helper()
	from, err := a.Archive(p)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := from.Write(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return names
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
	}
}
