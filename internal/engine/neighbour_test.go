package engine

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// TestNeighbourOutOfDate: a local package's own pyproject.toml asks for what the lock of
// the app, whatever wrote it, has not or rules out.
func TestNeighbourOutOfDate(t *testing.T) {
	t.Parallel()
	const file = `{url = "https://h/x-1-py3-none-any.whl", hash = "sha256:0000000000000000000000000000000000000000000000000000000000000000"}`
	uv := func(more string) map[string]string {
		lock := strings.NewReplacer("requires-python = \"==3.11.*\"", "requires-python = \"==3.11.*\"\n"+more,
			`source = { editable = "packages/core-lib" }`, `source = { editable = "packages/core-lib" }
dependencies = [{ name = "numpy" }]
[[package]]
name = "numpy"
version = "1.26.4+cpu"
source = { registry = "https://pypi.org/simple" }
wheels = [`+file+`]`).Replace(memberLock)
		return map[string]string{"uv.lock": lock, "pyproject.toml": "[tool.uv.workspace]\nmembers = ['packages/*']\n",
			"packages/api/pyproject.toml": "[project]\nname = 'api'\nrequires-python = '>=3.11'\ndependencies = ['core-lib']\n"}
	}
	named := uv("")
	named["packages/api/gcpdeploy.yaml"] = "project: my-project\nregion: europe-west1\nservice: s\ntest: false\nrequirements: [../../uv.lock]\n"
	for name, tt := range map[string]struct {
		files  map[string]string
		needs  string // of the library
		want   string // error; "" for none
		hint   string
		noting string
	}{
		"as it was locked":      {files: uv(""), needs: "'numpy>=1.26', 'numpy==1.26.4', 'tomli; python_version < \"3.11\"'"},
		"a new dependency":      {files: uv(""), needs: "'numpy',\n  'click>=8'", want: "../../uv.lock: it is out of date: ../core-lib/pyproject.toml:4 asks for click>=8, which it does not have", hint: "Run `uv lock`, or set requirements: [../../uv.lock] to deploy it as it is."},
		"another version":       {files: uv(""), needs: "'numpy>=2'", want: "../core-lib/pyproject.toml:3 asks for numpy>=2, and it has numpy==1.26.4+cpu"},
		"the lock is chosen":    {files: named, needs: "'numpy>=2'", noting: "../../uv.lock is out of date: ../core-lib/pyproject.toml:3 asks for numpy>=2"},
		"the lock overrides":    {files: uv("[manifest]\noverrides = [{ name = \"numpy\", specifier = \"<2\" }]\n"), needs: "'numpy>=2'"},
		"Poetry":                {files: map[string]string{"packages/api/poetry.lock": "[[package]]\nname = 'core-lib'\nversion = '1'\ngroups = ['main']\nfiles = []\n[package.source]\ntype = 'directory'\nurl = '../core-lib'\n[metadata]\nlock-version = '2.1'\npython-versions = '>=3.11'\ncontent-hash = '0'\n"}, needs: "'click'", want: "poetry.lock: it is out of date: ../core-lib/pyproject.toml:3 asks for click, which it does not have"},
		"Pipfile":               {files: map[string]string{"packages/api/Pipfile.lock": `{"_meta": {"pipfile-spec": 6, "hash": {"sha256": ""}, "sources": []}, "default": {"core-lib": {"path": "../core-lib", "editable": true}}}`}, needs: "'click'", want: "Pipfile.lock: it is out of date: ../core-lib/pyproject.toml:3 asks for click"},
		"pylock.toml":           {files: map[string]string{"packages/api/pylock.toml": "lock-version = '1.0'\ncreated-by = 'x'\n[[packages]]\nname = 'core-lib'\ndirectory = {path = '../core-lib'}\n"}, needs: "'click'", want: "pylock.toml: it is out of date: ../core-lib/pyproject.toml:3 asks for click", hint: "Lock again with the tool that made it, or set"},
		"pins of requirements":  {files: map[string]string{"packages/api/requirements.txt": "# pip-compile\nnumpy==1.26.4\n-e ../core-lib\n"}, needs: "'numpy>=2'", want: "requirements.txt:2: ../core-lib/pyproject.toml:3 asks for numpy>=2, which numpy==1.26.4 does not allow", hint: "Write it anew"},
		"a constraint":          {files: map[string]string{"packages/api/requirements.txt": "-c pins.txt\n../core-lib\n", "packages/api/pins.txt": "numpy==1.26.4\n"}, needs: "'numpy>=2'", want: "pins.txt:1: ../core-lib/pyproject.toml:3 asks for numpy>=2, which numpy==1.26.4 does not allow"},
		"pins that fit":         {files: map[string]string{"packages/api/requirements.txt": "numpy==2.1rc1\n../core-lib\n"}, needs: "'numpy>=2', 'click'"},
		"pins elsewhere":        {files: map[string]string{"packages/api/requirements.txt": "numpy==1.26.4 ; python_version < '3'\n../core-lib\n"}, needs: "'numpy>=2'"},
		"a neighbour elsewhere": {files: map[string]string{"packages/api/requirements.txt": "numpy==1.26.4\n../core-lib ; python_version < '3'\n"}, needs: "'numpy>=2'"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.files["packages/core-lib/pyproject.toml"] = "[project]\nname = 'core-lib'\ndependencies = [" + tt.needs + "]\n"
			a, err := Load(t.Context(), config.Input{Targets: targets, Dir: filepath.Join(workspace(t, tt.files), "packages/api")})
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tt.want == "" && !strings.Contains(strings.Join(a.Notes, "\n"), tt.noting):
				t.Errorf("notes %q, want %q", a.Notes, tt.noting)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(errs.HintOf(err), tt.hint) || errs.KindOf(err) != errs.Usage):
				t.Errorf("error %v, hint %q, want %q, %q", err, errs.HintOf(err), tt.want, tt.hint)
			}
		})
	}
}
