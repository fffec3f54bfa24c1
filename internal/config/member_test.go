package config_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

func TestMonorepoApp(t *testing.T) {
	t.Parallel()
	dir := app(t, "app: packages/api\nca_file: ca.pem\nenvironments: {worker: {app: packages/worker, service: w}}\n")
	for _, name := range []string{"packages/api/main.py", "packages/worker/main.py", "ca.pem"} {
		write(t, filepath.Join(dir, name), "")
	}
	c := load(t, config.Input{Dir: dir})
	if c.Dir != filepath.Join(dir, "packages/api") || c.Service != "api" || c.CAFile != filepath.Join(dir, "ca.pem") {
		t.Errorf("the app is %s in %s, with %s", c.Service, c.Dir, c.CAFile)
	}
	c = load(t, config.Input{Dir: dir, Env: "worker"})
	if c.Dir != filepath.Join(dir, "packages/worker") || c.Service != "w" {
		t.Errorf("the environment's app is %s in %s", c.Service, c.Dir)
	}
	for app, want := range map[string]string{
		"packages/nope": "names packages/nope, which does not exist", "app.py": "names app.py, which is a file",
		"../x": "must be a folder inside of the source", "/x": "cannot be an absolute path",
	} {
		_, err := config.Load(config.Input{Targets: targets, Dir: dir, Flags: map[string][]string{"app": {app}}})
		if errs.KindOf(err) != errs.Usage || errs.HintOf(err) == "" || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "--app") {
			t.Errorf("--app %s: %v (hint %q)", app, err, errs.HintOf(err))
		}
	}
}
