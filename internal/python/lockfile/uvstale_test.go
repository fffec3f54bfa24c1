package lockfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/python/lockfile"
)

// TestStale changes the project files of real locks.
func TestStale(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ dir, lock, project, old, new, want string }{
		{"uv/basic", "uv.lock", "pyproject.toml", `"flask>=3"`, `"flask>=3", "gunicorn"`, "gunicorn was added to pyproject.toml"},
		{"uv/basic", "uv.lock", "pyproject.toml", `"flask>=3", `, ``, "flask was taken out of pyproject.toml"},
		{"uv/basic", "uv.lock", "pyproject.toml", `flask>=3`, `flask>=2`, "flask>=2 in pyproject.toml is not what was locked"},
		{"uv/basic", "uv.lock", "pyproject.toml", `"flask>=3"`, `"Flask >= 3"`, ""},
		{"uv/basic", "uv.lock", "pyproject.toml", `numpy>=1.26`, `numpy (>=1.26.0)`, ""},
		{"uv/extras", "uv.lock", "pyproject.toml", `"gunicorn"]`, `"gunicorn", "gevent"]`, "gevent was added"},
		{"uv/extras", "uv.lock", "pyproject.toml", `pytest>=8`, `pytest>=7`, "pytest>=7 in pyproject.toml"},
		{"uv/git", "uv.lock", "pyproject.toml", `version = "0.1.0"`, `version = "0.2.0"`, ""},
		{"poetry/classic", "poetry.lock", "pyproject.toml", `pandas = `, `polars = "*"` + "\npandas = ", "changed since"},
		{"poetry/classic", "poetry.lock", "pyproject.toml", `description = "x"`, `description = "y"`, ""},
		{"poetry/project", "poetry.lock", "pyproject.toml", `pytest>=8`, `pytest>=7`, "changed since"},
		{"poetry1/classic", "poetry.lock", "pyproject.toml", `pytest = "^8"`, `pytest = "^7"`, "changed since"},
		{"pdm/basic", "pdm.lock", "pyproject.toml", `"flask>=3"`, `"flask>=3.1"`, "changed since"},
		{"pdm/basic", "pdm.lock", "pyproject.toml", `"pytest>=8"`, `"pytest"`, "changed since"},
		{"pdm/basic", "pdm.lock", "pyproject.toml", `version = "0.1.0"`, `version = "0.2.0"`, ""},
		{"pdm/basic", "pdm.lock", "pyproject.toml", "[tool.pdm]", "[tool.pdm.resolution]\nexcludes = ['numpy']\n[tool.pdm]", "changed since"},
		{"pipenv/basic", "Pipfile.lock", "Pipfile", `numpy = "*"`, `numpy = ">1"`, "Pipfile was changed"},
		{"pipenv/basic", "Pipfile.lock", "Pipfile", "[[source]]\nurl = \"https://pypi.org/simple\"\nverify_ssl = true\nname = \"pypi\"\n", "", ""},
		{"pipenv/basic", "Pipfile.lock", "Pipfile", `[packages]`, "# more\n[packages]", ""},
	} {
		t.Run(tt.dir+" "+tt.new, func(t *testing.T) {
			t.Parallel()
			text := func(name string) string {
				b, err := os.ReadFile(filepath.Join("testdata", tt.dir, name))
				if err != nil {
					t.Fatal(err)
				}
				return string(b)
			}
			project := text(tt.project)
			changed := strings.Replace(project, tt.old, tt.new, 1)
			if changed == project {
				t.Fatalf("%q is not in it", tt.old)
			}
			dir := folder(t, tt.lock, text(tt.lock), tt.project, changed)
			l, _, err := lockfile.Read(dir, tt.lock, lockfile.Target{Python: "3.11"})
			if err != nil {
				t.Fatal(err)
			}
			if tt.want == "" && l.Stale != "" || !strings.Contains(l.Stale, tt.want) {
				t.Errorf("stale %q, want %q", l.Stale, tt.want)
			}
		})
	}
}
