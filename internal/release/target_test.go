package release_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release/releasetest"
)

// targets are a table with one line more than the program's: all that it takes,
// beside the target's own package, to release to the shelf.
var targets = []config.Target{run.Kind.Config, releasetest.Kind.Config}

// app is a folder with an app and a configuration.
func app(t *testing.T, yaml string) config.Input {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "hello")
	for name, text := range map[string]string{
		"gcpdeploy.yaml": yaml, "requirements.txt": "flask==3.1.0\ngunicorn==23.0.0\n", "wsgi.py": "app = None\n", ".python-version": "3.12\n",
	} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(dir, 0o777), os.WriteFile(path, []byte(text), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	return config.Input{Dir: dir, Targets: targets}
}

const shelf = `
target: shelf
shelf: {label: A, env: {MODE: prod}}
run: {port: 9000, secrets: {KEY: key:1}}
environments:
  cloud: {target: cloud-run}
`

func TestKeysOfASecondTarget(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, yaml, want string }{
		{"a check of its own", "shelf: {label: small}\n", `gcpdeploy.yaml:1:16: shelf.label must be capital letters, not "small"`},
		{"an unknown key", "shelf: {lable: A}\n", "gcpdeploy.yaml:1:9: unknown key shelf.lable"},
		{"a rule of its own", "target: shelf\nshelf: {label: A, env: {LABEL: B}}\n", "gcpdeploy.yaml:2:25: shelf.env: is what shelf.label is for"},
		{"another's rule, not chosen", "target: shelf\nrun: {min_instances: 2, max_instances: 1}\n", ""},
		{"its rule, not chosen", "shelf: {label: A, env: {LABEL: B}}\n", ""},
		{"its rule for names", "target: shelf\nservice: an-app-with-quite-a-name\n", "gcpdeploy.yaml:2:10: service must be at most twenty letters"},
		{"another's rule for names", "target: cloud-run\nservice: 2nd\n", "gcpdeploy.yaml:2:10: service must start with a letter"},
		{"a name for it alone", "target: shelf\nservice: 2nd\n", ""},
		{"a name in an environment", "environments: {a: {target: shelf, service: 2nd}}\n", ""},
		{"another's name in an environment", "target: shelf\nenvironments: {a: {target: cloud-run, service: 2nd}}\n", "gcpdeploy.yaml:2:48: service must start with a letter"},
		{"another's variable", "test: {env: {PORT: 1}}\n", "test.env: PORT is set by Cloud Run"},
		{"its own variable", "target: shelf\ntest: {env: {PORT: 1}}\n", ""},
		{"no target", "target: drawer\n", `gcpdeploy.yaml:1:9: target must be cloud-run or shelf, not "drawer"`},
	} {
		_, err := config.Load(app(t, tt.yaml))
		if (err == nil) != (tt.want == "") || err != nil && (!strings.Contains(err.Error(), tt.want) || errs.KindOf(err) != errs.Usage) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
	in := app(t, shelf)
	in.Lookup = func(name string) (string, bool) {
		v, ok := map[string]string{"PLUGIN_SHELF": `{"label":"C","port":1}`, "GCPDEPLOY_SHELF_PORT": "2"}[name]
		return v, ok
	}
	for env, want := range map[string]any{
		"":      &releasetest.Settings{Port: 2, Label: "B", Env: map[string]string{"MODE": "prod"}},
		"cloud": &run.Settings{Port: 9000, Secrets: map[string]string{"KEY": "key:1"}},
	} {
		in.Env, in.Flags = env, nil
		if env == "" { // the flag is the shelf's
			in.Flags = map[string][]string{"label": {"B"}}
		}
		c, err := config.Load(in)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, c.Settings); diff != "" {
			t.Errorf("--env %q, -want +got:\n%s", env, diff)
		}
	}
}
