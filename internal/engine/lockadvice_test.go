package engine

import (
	"context"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/python/wheel"
)

// numpys is an index that has a wheel for each of two Pythons.
type numpys struct{}

var _ Index = numpys{}

func (numpys) Files(context.Context, []string, []string) map[string][]wheel.File {
	return map[string][]wheel.File{"numpy": {
		{Name: "numpy-1.26.4.tar.gz", SHA256: hashOf("a")},
		{Name: "numpy-1.26.4-cp311-cp311-manylinux_2_17_x86_64.whl", SHA256: hashOf("b")},
		{Name: "numpy-1.26.4-cp312-cp312-manylinux_2_17_x86_64.whl", SHA256: hashOf("c")},
	}}
}

func hashOf(digit string) string { return strings.Repeat(digit, 64) }

// TestLockAdvice: a lock's hashes are cut to the target, and still the advice knows the
// wheels that it lists for other Pythons, of those that the project allows.
func TestLockAdvice(t *testing.T) {
	t.Parallel()
	lock := func(requires string) string {
		return `version = 1
requires-python = "` + requires + `"
[[package]]
name = "app"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "numpy" }]
[package.metadata]
requires-dist = [{ name = "numpy" }]
[[package]]
name = "numpy"
version = "1.26.4"
source = { registry = "https://pypi.org/simple" }
sdist = { url = "https://h.invalid/numpy-1.26.4.tar.gz", hash = "sha256:` + hashOf("a") + `" }
wheels = [
    { url = "https://h.invalid/numpy-1.26.4-cp311-cp311-manylinux_2_17_x86_64.whl", hash = "sha256:` + hashOf("b") + `" },
    { url = "https://h.invalid/numpy-1.26.4-cp312-cp312-manylinux_2_17_x86_64.whl", hash = "sha256:` + hashOf("c") + `" },
]
`
	}
	for requires, want := range map[string]string{">=3.9": "3.12", ">=3.9,!=3.12.*": "3.11", ">=3.13": ""} {
		app, err := load(t, map[string]string{
			"gcpdeploy.yaml": "{service: s, python: '3.13', test: false}\n",
			"pyproject.toml": "[project]\nname = 'app'\nversion = '1'\ndependencies = ['numpy']\nrequires-python = '" + requires + "'\n",
			"uv.lock":        lock(requires),
		})
		if err != nil {
			t.Fatal(err)
		}
		e := (&google{}).engine()
		e.Index = numpys{}
		f, err := e.Observe(t.Context(), app.App)
		if err != nil {
			t.Fatal(err)
		}
		p := plan.Make(app.App, e.Place, f)
		if p.BetterPython != want || len(p.Compile) != 1 {
			t.Errorf("%s: better is %q and built are %v, want %q and numpy", requires, p.BetterPython, p.Compile, want)
		}
	}
}
