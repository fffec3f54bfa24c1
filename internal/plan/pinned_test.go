package plan_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/golden"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
)

// rich has every kind of line that a closure may hold.
const rich = `--index-url https://user:secret@index.example/simple/
--extra-index-url https://more.example/simple
--find-links ./files
--find-links https://links.example/page
--no-binary scipy,numpy
--only-binary pandas
--prefer-binary
--trusted-host index.example:8443
--use-feature truststore
-c limits.txt
Flask[async,Dotenv]==3.0.0 ; python_version >= "3.8" and sys_platform == 'linux' --hash=sha256:BB --hash=sha256:aa
flask != 2.9
numpy~=1.26.0 ; extra == 'A_b' --config-settings=setup-args=-Dx=y --config-settings "a=b c" --hash=sha512:cc
pandas===2.1,<3.0.0
torch==2.1.0+CPU
django==5.*
pip @ https://Example.org/pip-24.0.zip#egg=pip
https://example.org/u%20v.zip?x=1;y#egg=Url_only
https://example.org/wheels/six-1.16.0-py2.py3-none-any.whl#sha256=ee
https://example.org/download?file=bare%401.zip
git+ssh://git@example.org/team/repo.git@main#egg=Re_po
git+https://example.org/other.git@v1#subdirectory=sub&egg=other
./lib[web]
-e ./tool --config-settings=x=y
file:archive.tar.gz#subdirectory=in
`

const richLimits = "numpy<2\nlib @ file:lib\nsix>=1.16\nflask==3.0.0 --hash=sha256:aa\n"

// TestKeysArePinned holds the fields and hashes of keys as they were first
// published: whoever changes one makes every wheels image of every user anew.
func TestKeysArePinned(t *testing.T) {
	t.Parallel()
	type pinned struct {
		Wheels, Runtime, TestEnv key.Key
		Requirements             []string
		Constraints              []string
	}
	pin := func(name string, app plan.App) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			keys := plan.KeysOf(app, digest("1"))
			req, con := app.Closure.Canonical()
			got, err := json.MarshalIndent(pinned{
				keys.Wheels, keys.Runtime, keys.TestEnv, strings.Split(string(req), "\n"), strings.Split(string(con), "\n"),
			}, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden.Equal(t, append(got, '\n'), "testdata/keys-"+name+".json")
		})
	}
	pin("rich", anApp(t, func(app *plan.App) {
		app.Closure = pinnedClosure(t, rich)
		app.Tests = pinnedClosure(t, "pytest[x]>=8 --hash=sha256:ff\n-c limits.txt\n./lib\n--no-index\n--pre\n")
		app.Locals = map[string]string{"files": "1", "lib": "2", "tool": "3", "archive.tar.gz": "4"}
	}))
	pin("own", anApp(t, func(app *plan.App) {
		app.Closure = ownClosure(t, "--index-url https://index.example/simple\n.[web] ; python_version < '4'\n-e ./lib\n", "flask>=3", "jinja2 ; os_name == 'posix'")
	}))
}

func pinnedClosure(t *testing.T, text string) *closure.Closure {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"requirements.txt": text, "limits.txt": richLimits, "lib/setup.py": "", "tool/pyproject.toml": "", "archive.tar.gz": "", "files/x": "",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	c, err := closure.Load(dir, []string{"requirements.txt"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
