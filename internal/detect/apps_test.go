package detect_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/detect"
	"github.com/gcpdeploy/gcpdeploy/internal/python/project"
)

// TestSampleApps detects the repository's own sample apps.
func TestSampleApps(t *testing.T) {
	t.Parallel()
	recipe := "/env/bin/python /app/wsgi.py"
	for app, want := range map[string][5]string{ // python, requirements, entrypoint, test, test requirements
		"hello":                   {"3.12", "requirements.txt", recipe, "python -m unittest discover", ""},
		"spectrum":                {"3.12", "requirements.txt", recipe, "python -m pytest", "requirements-dev.txt"},
		"sdist":                   {"3.12", "requirements.txt", recipe, "python -m unittest discover", ""},
		"ownpackage":              {"3.12", "requirements.txt", "shop", "python -m unittest discover", ""},
		"fastapi":                 {"3.12", "pyproject.toml", "/bin/sh -c exec uvicorn main:app --host 0.0.0.0 --port ${PORT:-8080}", "python -m pytest", "pyproject.toml[test]"},
		"django":                  {"3.12", "requirements.txt", "/bin/sh -c exec gunicorn shop.wsgi --bind 0.0.0.0:$PORT", "python manage.py test --noinput", ""},
		"broken/crash-at-import":  {"3.12", "requirements.txt", recipe, "", ""},
		"broken/no-listen":        {"3.12", "requirements.txt", recipe, "", ""},
		"broken/failing-test":     {"3.12", "requirements.txt", recipe, "python -m unittest discover", ""},
		"broken/bad-requirements": {"3.12", "requirements.txt", recipe, "python -m unittest discover", ""},
	} {
		t.Run(app, func(t *testing.T) {
			t.Parallel()
			fsys := os.DirFS(filepath.Join("../../testdata/apps", filepath.FromSlash(app)))
			text, _ := os.ReadFile(filepath.Join("../../testdata/apps", app, "requirements.txt"))
			more, _ := os.ReadFile(filepath.Join("../../testdata/apps", app, "pyproject.toml"))
			base, _ := os.ReadFile(filepath.Join("../../testdata/apps", app, "requirements/base.txt"))
			all := strings.ToLower(string(text) + string(more) + string(base))
			has := func(name string) bool { return strings.Contains(all, name) }
			if app == "spectrum" || app == "fastapi" { // the runtime has no pytest
				has = func(name string) bool { return name != "pytest" && strings.Contains(all, name) }
			}
			python, err := detect.Python(fsys)
			check(t, err)
			reqs, err := project.Requirements(fsys)
			check(t, err)
			entry, err := detect.Entrypoint(fsys, has)
			check(t, err)
			test, err := detect.Test(fsys, has, nil)
			check(t, err)
			got := [5]string{python.Value, join(reqs.Value), join(entry.Value), join(test.Value.Command), join(test.Value.Requirements)}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("detected (-want +got):\n%s", diff)
			}
		})
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func join(words []string) string { return strings.Join(words, " ") }
