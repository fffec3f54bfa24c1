package engine

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

const (
	limitedUV = "version = 1\nrequires-python = \">=3.11\"\n[manifest]\nbuild-constraints = [{ name = \"Setuptools\", specifier = \"<81\" }, { name = \"cython\", specifier = \">=0.29,<3\", marker = \"python_version < '3.14'\" }, { name = \"x\", url = \"https://x.invalid/x.whl\" }]\n" +
		"[[package]]\nname = \"app\"\nversion = \"1\"\nsource = { virtual = \".\" }\ndependencies = [{ name = \"six\" }]\n" +
		"[[package]]\nname = \"six\"\nversion = \"1.17\"\nsource = { registry = \"https://pypi.org/simple\" }\n"
	limitedPoetry = "[tool.poetry]\nname = 'app'\n[tool.poetry.dependencies]\npython = '^3.11'\nsix = '*'\n[tool.poetry.build-constraints]\nlegacy = { setuptools = '<81', cython = '^0.29', numpy = '<2 || >3' }\nother = { setuptools = '<81' }\n"
	poetryLock    = "[[package]]\nname = \"six\"\nversion = \"1.17.0\"\noptional = false\ngroups = [\"main\"]\nfiles = []\n[metadata]\nlock-version = \"2.1\"\npython-versions = \"^3.11\"\ncontent-hash = \"0\"\n"
)

// TestBuildConstraints finds what limits builds in a lock, in Poetry's settings and
// in pip's variable; all of it is in W, in the program's settings and in the plan.
func TestBuildConstraints(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	named := filepath.Join(dir, "limits.txt")
	for name, text := range map[string]string{
		named: "# ours\nSetuptools <81 ; python_version < '4'\n-r more.txt\n", filepath.Join(dir, "more.txt"): "wheel==0.45 --hash=sha256:00\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const yaml = "{service: s, python: '3.12', test: false, wheels: {build_constraints: [meson<2]}}"
	for _, tt := range []struct {
		name  string
		files map[string]string
		env   []string
		want  []string
		from  string
		note  string
	}{
		{"none", map[string]string{"requirements.txt": "six"}, nil, nil, "", ""},
		{"configured", map[string]string{"requirements.txt": "six", "gcpdeploy.yaml": yaml}, nil, []string{"meson<2.0"}, "gcpdeploy.yaml:1", ""},
		{"uv.lock", map[string]string{"uv.lock": limitedUV}, nil, []string{"cython<3.0,>=0.29 ; python_version < \"3.14\"", "setuptools<81.0"}, "uv.lock", "uv.lock: the build constraint on x names no versions, and is not used"},
		{"poetry", map[string]string{"poetry.lock": poetryLock, "pyproject.toml": limitedPoetry, "gcpdeploy.yaml": "{service: s, python: '3.12', test: false, requirements: [poetry.lock]}"}, nil, []string{"cython<0.30,>=0.29", "setuptools<81.0"}, "poetry.lock", "the build constraint on numpy of legacy is not used"},
		{"pip's variable", map[string]string{"requirements.txt": "six", "gcpdeploy.yaml": yaml}, []string{"PIP_BUILD_CONSTRAINT=" + named},
			[]string{"meson<2.0", "setuptools<81.0 ; python_version < \"4\"", "wheel==0.45"}, "gcpdeploy.yaml:1, PIP_BUILD_CONSTRAINT", "hashes of build constraints are not used"},
		{"uv's setting without its lock", map[string]string{"requirements.txt": "six", "pyproject.toml": "[tool.uv]\nbuild-constraint-dependencies = ['setuptools<81']\n"}, nil, nil, "", "used with uv.lock alone"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			app, err := load(t, tt.files, tt.env...)
			if err != nil {
				t.Fatal(err)
			}
			p := plan.Make(app.App, aPlace, plan.Facts{})
			if got := p.Detected.BuildConstraints; !slices.Equal(got.Value, tt.want) || got.From != tt.from {
				t.Errorf("the plan has %q from %q, want %q from %q", got.Value, got.From, tt.want, tt.from)
			}
			if notes := strings.Join(app.Notes, "\n"); !strings.Contains(notes, tt.note) {
				t.Errorf("notes %q, want %q", notes, tt.note)
			}
			settings := string(plan.Files(app.App, p)[plan.Dir+"/wheels/settings.json"])
			w := plan.KeysOf(app.App, "").Wheels
			for _, limit := range tt.want {
				if !strings.Contains(settings, `"`+limit[:5]) || !slices.Contains(w.Fields, key.Of("build constraint "+limit, limit)) {
					t.Errorf("%s is not in the settings or the key:\n%s\n%s", limit, settings, w.Fields)
				}
			}
		})
	}
}

// TestBuildConstraintsRefused: what cannot be read stops before anything is done, and
// shows no login.
func TestBuildConstraintsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"option.txt": "-i https://u:" + canary + "@h.invalid/simple\n", "link.txt": "x @ https://u:" + canary + "@h.invalid/x.whl\n",
		"bare.txt": "setuptools\n", "include.txt": "-r gone.txt\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for value, want := range map[string]string{
		"gone.txt": "which is no file here", "": "which is no file here", "option.txt": "option.txt:1", "link.txt": "link.txt:1",
		"bare.txt": "must be a package and its versions", "include.txt": "gone.txt does not exist",
		"https://u:" + canary + "@h.invalid/limits.txt": "which is no file here",
	} {
		if !strings.Contains(value, "://") {
			value = filepath.Join(dir, value)
		}
		_, err := load(t, map[string]string{"requirements.txt": "six"}, "PIP_BUILD_CONSTRAINT="+value)
		if err == nil || !strings.Contains(err.Error(), want) || errs.KindOf(err) != errs.Usage || errs.HintOf(err) == "" || strings.Contains(err.Error()+errs.HintOf(err), canary) {
			t.Errorf("%s: %v (hint %q), want a usage error with %q", value, err, errs.HintOf(err), want)
		}
	}
}
