package engine

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

const (
	memberLock = `version = 1
requires-python = "==3.11.*"
[[package]]
name = "api"
source = { virtual = "packages/api" }
dependencies = [{ name = "core-lib" }]
[[package]]
name = "core-lib"
source = { editable = "packages/core-lib" }
[[package]]
name = "other"
source = { virtual = "packages/other" }
`
	library = "[project]\nname = 'core-lib'\n"
)

// workspace has the app in packages/api, and the library that it needs beside it.
func workspace(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	all := map[string]string{
		"packages/api/gcpdeploy.yaml":                "project: my-project\nregion: europe-west1\nservice: s\ntest: false\n",
		"packages/api/main.py":                       "from flask import Flask\napp = Flask(__name__)\nif __name__ == '__main__':\n    app.run(host='0.0.0.0')\n",
		"packages/core-lib/pyproject.toml":           library,
		"packages/core-lib/src/core_lib/__init__.py": "",
		"packages/other/pyproject.toml":              "[project]\nname = 'other'\n",
		"packages/other/x.py":                        "",
	}
	maps.Copy(all, files)
	for name, text := range all {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func member(t *testing.T, dir string) *App {
	t.Helper()
	a, err := Load(t.Context(), config.Input{Targets: targets, Dir: filepath.Join(dir, "packages/api")})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestMonorepo(t *testing.T) {
	t.Parallel()
	pyproject := "[project]\nname = 'api'\nrequires-python = '>=3.11'\ndependencies = ['core-lib']\n"
	for name, tt := range map[string]struct {
		files map[string]string
		own   string
	}{
		"a uv workspace": {map[string]string{"uv.lock": memberLock, "pyproject.toml": "[tool.uv.workspace]\nmembers = ['packages/*']\n",
			"packages/api/pyproject.toml": pyproject}, `"-e /app/core-lib"]`},
		"a path source of uv": {map[string]string{"packages/api/uv.lock": strings.NewReplacer("packages/api", ".", "packages/", "../").Replace(memberLock),
			"packages/api/pyproject.toml": pyproject}, `"-e /app/core-lib"]`},
		"editable in requirements.txt": {map[string]string{"packages/api/requirements.txt": "-e ../core-lib\n"}, `"-e /app/core-lib"]`},
		"a path in requirements.txt":   {map[string]string{"packages/api/requirements.txt": "../core-lib\n"}, `"/app/core-lib"]`},
		"a path in an included file":   {map[string]string{"packages/api/requirements.txt": "-r ../base.txt\n", "packages/base.txt": "../core-lib\n"}, `"/app/core-lib"]`},
		"Pipfile": {map[string]string{"packages/api/Pipfile.lock": `{"_meta": {"pipfile-spec": 6, "hash": {"sha256": ""}, "sources": []}, "default": {"core-lib": {"path": "../core-lib", "editable": true}}}`},
			`"/app/core-lib"]`},
		"Poetry": {map[string]string{"packages/api/poetry.lock": "[[package]]\nname = 'core-lib'\nversion = '1'\ngroups = ['main']\nfiles = []\n[package.source]\ntype = 'directory'\nurl = '../core-lib'\n[metadata]\nlock-version = '2.1'\npython-versions = '>=3.11'\ncontent-hash = '0'\n"},
			`"/app/core-lib"]`},
		"pylock.toml": {map[string]string{"packages/api/pylock.toml": "lock-version = '1.0'\ncreated-by = 'x'\n[[packages]]\nname = 'core-lib'\ndirectory = {path = '../core-lib'}\n"},
			`"/app/core-lib"]`},
		"for the tests alone": {map[string]string{"packages/api/requirements.txt": "", "packages/api/requirements-test.txt": "../core-lib\n",
			"packages/api/gcpdeploy.yaml": "project: my-project\nregion: europe-west1\ntest: {command: pytest, requirements: [requirements-test.txt]}\n"}, `"/app/core-lib"]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := member(t, workspace(t, tt.files))
			if a.Folder != "api" || a.Source.App != "api" || !slices.Equal(a.Source.Parts, []string{"api", "core-lib"}) {
				t.Errorf("the app is in %q of %q", a.Folder, a.Source.Parts)
			}
			main := string(a.Main)
			for _, want := range []string{tt.own, "\nWORKDIR /app/api\n", `ENTRYPOINT ["/env/bin/python","/app/api/main.py"]`} {
				if !strings.Contains(main, want) {
					t.Errorf("no %s in\n%s", want, main)
				}
			}
			if _, ok := a.Tree.Find("core-lib/src/core_lib/__init__.py"); !ok {
				t.Error("the library is not sent")
			}
			// What is not needed changes no key; what is needed does.
			more := maps.Clone(tt.files)
			more["packages/other/x.py"], more["packages/other/new.py"], more["README"] = "changed", "", ""
			if b := member(t, workspace(t, more)); hashes(a) != hashes(b) {
				t.Error("an unneeded sibling changes keys")
			}
			more["packages/core-lib/src/core_lib/__init__.py"] = "changed"
			b := member(t, workspace(t, more))
			if was, is := hashes(a), hashes(b); was[0] != is[0] || was[1] != is[1] || was[2] == is[2] {
				t.Error("the library's code is a matter of the app's key alone")
			}
		})
	}
}

func hashes(a *App) [3]string {
	k := plan.KeysOf(a.App, "sha256:r")
	return [3]string{k.Wheels.Hash, k.Runtime.Hash, k.App.Hash}
}

// TestMonorepoPython: a member's Python is one that its workspace's lock allows, too.
func TestMonorepoPython(t *testing.T) {
	t.Parallel()
	files := map[string]string{"uv.lock": memberLock, "pyproject.toml": "[tool.uv.workspace]\nmembers = ['packages/*']\n",
		"packages/api/pyproject.toml": "[project]\nname = 'api'\nrequires-python = '>=3.11'\ndependencies = ['core-lib']\n"}
	if a := member(t, workspace(t, files)); a.Config.Python != "3.11" || a.Config.Origin["python"] != "../../uv.lock" {
		t.Errorf("Python %s of %s", a.Config.Python, a.Config.Origin["python"])
	}
	files["uv.lock"] = strings.Replace(memberLock, "==3.11.*", ">=3.11", 1)
	files[".python-version"] = "3.13\n"
	if a := member(t, workspace(t, files)); a.Config.Python != "3.13" || a.Config.Origin["python"] != "../../.python-version" {
		t.Errorf("Python %s of %s", a.Config.Python, a.Config.Origin["python"])
	}
}

// TestMonorepoArchive: what wheels are made of outside of the app's folder goes to
// the build of wheels, and each folder's .dockerignore holds in it.
func TestMonorepoArchive(t *testing.T) {
	t.Parallel()
	dir := workspace(t, map[string]string{
		"packages/api/requirements.txt": "../old\n", "packages/api/.dockerignore": "# no tests\ntests\n!tests/keep\n", "packages/old/.dockerignore": "/docs\n",
		"packages/old/setup.py": "from setuptools import setup\nsetup()\n", "packages/old/docs/x": "",
	})
	a := member(t, dir)
	p := plan.Make(a.App, aPlace, plan.Facts{})
	names := archive(t, a, p)
	for _, name := range []string{"api/main.py", "old/setup.py", ".gcpdeploy/wheels/src/_above/old/setup.py"} {
		if !slices.Contains(names, name) {
			t.Errorf("no %s in %v", name, names)
		}
	}
	files := plan.Files(a.App, p)
	if got, want := string(files[".gcpdeploy/main.Dockerfile.dockerignore"]), "api/tests\n!api/tests/keep\nold/docs\n\n.gcpdeploy\n"; got != want {
		t.Errorf(".dockerignore %q, want %q", got, want)
	}
	if got := string(files[".gcpdeploy/wheels/requirements.txt"]); got != "./src/_above/old\n" {
		t.Errorf("requirements %q", got)
	}
}
