package dockerfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/dockerfile"
)

const popcount = `#include <Python.h>
static PyObject *two(PyObject *self, PyObject *none) { return PyLong_FromLong(2); }
static PyMethodDef methods[] = {{"two", two, METH_NOARGS, ""}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "fast._fast", 0, -1, methods};
PyMODINIT_FUNC PyInit__fast(void) { return PyModule_Create(&module); }
`

// The app's own packages are in its layer, built without a network.
func TestOwnPackages(t *testing.T) {
	t.Parallel()
	i := newImages(t, "ownpackage", dockerfile.Data{Own: []string{"-e /app", "/app/libs/greet"}}, map[string]string{
		"requirements.txt":       "markupsafe==2.1.5\n",
		"build-requirements.txt": "flit-core==3.9.0\nsetuptools==75.8.0\nwheel\n",
	})
	app := t.TempDir()
	if err := os.CopyFS(app, os.DirFS(i.app)); err != nil {
		t.Fatal(err)
	}
	i.app, i.data.Entrypoint = app, []string{"shop"}
	add := func(name, text string) {
		t.Helper()
		path := filepath.Join(app, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	build := func() (string, error) { return i.build("app", "--build-arg", "RUNTIME="+i.ref("runtime")) }
	i.all()
	i.checkDeployed()
	i.holds("python -m unittest -q")
	i.holds(`test "$(command -v shop)" = /env/bin/shop && test "$(stat -c %u /app /app/src/shop | sort -u)" = 10001`)
	i.holds(`! find /app -name '*.egg-info' -o -name build | grep . && ! python -c 'import setuptools' 2>/dev/null`)
	i.holds(`test "$(wc -l </env/requirements.lock)" = 1`)

	t.Run("no such build requirement", func(t *testing.T) {
		old, err := os.ReadFile(filepath.Join(app, "libs/greet/pyproject.toml"))
		if err != nil {
			t.Fatal(err)
		}
		add("libs/greet/pyproject.toml", strings.ReplaceAll(string(old), "flit_core.buildapi", "hatchling.build"))
		log, err := build()
		if err == nil || !strings.Contains(log, "error: building the app's own projects failed") || !strings.Contains(log, "hint: these builds have no network") {
			t.Errorf("%v\n%s", err, log)
		}
		add("libs/greet/pyproject.toml", string(old))
	})
	t.Run("in C", func(t *testing.T) {
		add("libs/fast/pyproject.toml", "[project]\nname = 'fast'\nversion = '1'\n"+
			"[tool.setuptools]\npackages = ['fast']\next-modules = [{name = 'fast._fast', sources = ['two.c']}]\n")
		add("libs/fast/fast/__init__.py", "from fast._fast import two\n")
		add("libs/fast/two.c", popcount)
		i.data.Own = append(i.data.Own, "-e /app/libs/fast")
		log, err := build()
		if err != nil {
			t.Fatalf("%v\n%s", err, log)
		}
		i.holds(`python -c 'import fast; assert fast.two() == 2 and fast.__file__ == "/app/libs/fast/fast/__init__.py"'`)
		i.holds(`! command -v gcc && ls /app/libs/fast/fast/*.so && ! find /app -name '*.o' | grep .`)
		i.holds("python -m unittest -q")
	})
}
