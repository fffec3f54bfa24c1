package lockfile_test

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/python/lockfile"
)

// TestPoetryOne reads the form of Poetry 1.1: hashes apart, extras by name.
func TestPoetryOne(t *testing.T) {
	t.Parallel()
	dir := folder(t, "pyproject.toml", "[tool.poetry.dependencies]\npython = \"^3.8\"\nFlask = {version = \"^2.0\", extras = [\"dotenv\"]}\n[tool.poetry.dev-dependencies]\npytest = \"*\"\n",
		"poetry.lock", `[[package]]
name = "flask"
version = "2.0.1"
category = "main"
optional = false
python-versions = ">=3.6"

[package.dependencies]
click = ">=7.1.2"
dataclasses = {version = "*", markers = "python_version < \"3.7\""}
python-dotenv = {version = "*", optional = true, markers = "extra == \"dotenv\""}
asgiref = {version = ">=3.2", optional = true, markers = "extra == \"async\""}

[package.extras]
async = ["asgiref (>=3.2)"]
dotenv = ["python-dotenv"]

[[package]]
name = "click"
version = "8.0.0"

[[package]]
name = "python-dotenv"
version = "0.19"

[[package]]
name = "asgiref"
version = "3.4"

[[package]]
name = "pytest"
version = "6.0"

[metadata]
lock-version = "1.1"
python-versions = "^3.8"
content-hash = "unknown"

[metadata.files]
flask = [{file = "Flask-2.0.1.tar.gz", hash = "sha256:00"}, {file = "old", hash = "md5:11"}]
click = [{file = "click.whl", hash = "sha256:22"}]
python-dotenv = []
pytest = []
`)
	for source, want := range map[string]string{
		"poetry.lock":      "click==8.0.0 sha256:22,flask==2.0.1 sha256:00,python-dotenv==0.19",
		"poetry.lock[dev]": "pytest==6.0",
	} {
		l, _, err := lockfile.Read(dir, source, lockfile.Target{Python: "3.12"})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(show(l), ","); got != want || l.Stale == "" {
			t.Errorf("%s: %s (stale %q), want %s", source, got, l.Stale, want)
		}
	}
}
