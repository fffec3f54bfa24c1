package lockfile_test

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/lockfile"
)

const pdmApp = `[metadata]
groups = ["default"]
strategy = ["inherit_metadata"]
lock_version = "4.5.0"
content_hash = "sha256:0"
[[metadata.targets]]
requires_python = ">=3.10"
platform = "macos_arm64"
[[metadata.targets]]
requires_python = ">=3.11"
platform = "manylinux_2_17_x86_64"
implementation = "cpython"
[[package]]
name = "x"
version = "1"
groups = ["default"]
`

// TestPDMProject: what pyproject.toml says beside a pdm.lock.
func TestPDMProject(t *testing.T) {
	t.Parallel()
	const built = "[project]\nname = 'app'\n[build-system]\nrequires = ['pdm-backend']\n"
	for name, tt := range map[string]struct {
		project   string
		index     string
		installed bool
		overrides bool
		err, hint string
	}{
		"no project":              {},
		"an app":                  {project: "[project]\nname = 'app'\n"},
		"a distribution":          {project: built, installed: true},
		"none":                    {project: built + "[tool.pdm]\ndistribution = false\n"},
		"none, in an older way":   {project: built + "[tool.pdm]\npackage-type = 'application'\n"},
		"an index for PyPI":       {project: "[[tool.pdm.source]]\nname = 'pypi'\nurl = 'https://h/simple'\n", index: "https://h/simple"},
		"an index beside PyPI":    {project: "[[tool.pdm.source]]\nname = 'own'\nurl = 'https://h/simple'\n", err: "pyproject.toml: [[tool.pdm.source]] names the index own beside PyPI", hint: "pdm export"},
		"an index of a variable":  {project: "[[tool.pdm.source]]\nname = 'pypi'\nurl = 'https://u:p@h:x/simple'\n", err: "the index of x "},
		"what packages ask holds": {project: "[tool.pdm.resolution]\nrespect-source-order = true\n"},
		"it does not":             {project: "[tool.pdm.resolution.overrides]\nx = '1'\n", overrides: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := []string{"pdm.lock", pdmApp}
			if tt.project != "" {
				files = append(files, "pyproject.toml", tt.project)
			}
			l, _, err := lockfile.Read(folder(t, files...), "pdm.lock", lockfile.Target{Python: "3.12"})
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) || !strings.Contains(errs.HintOf(err), tt.hint) {
					t.Errorf("error %v, want %s", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if p := l.Packages[0]; p.Index != tt.index || l.Overrides != tt.overrides || (l.Project.Path == "." && l.Project.Line == 1 && l.Project.Editable) != tt.installed || (l.Stale != "") != (tt.project != "") {
				t.Errorf("%+v", l)
			}
		})
	}
	if _, _, err := lockfile.Read(folder(t, "pdm.lock", pdmApp), "pdm.lock", lockfile.Target{Python: "3.10"}); err == nil || !strings.Contains(err.Error(), "it is locked for Python >=3.11, and 3.10 is used") {
		t.Errorf("the Python of another platform: %v", err)
	}
	if either, text := lockfile.Python("pdm.lock", []byte(pdmApp)); len(either) != 2 || text != ">=3.10 or >=3.11" {
		t.Errorf("Python %v, %s", either, text)
	}
}
