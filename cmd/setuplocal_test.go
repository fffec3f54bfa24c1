package cmd_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/internal/local"
)

// TestLocalNeedsNoSetup: nothing is made for emulators that let everybody do
// everything, and doctor starts none.
func TestLocalNeedsNoSetup(t *testing.T) {
	t.Parallel()
	c := newCloud(t, emulator.Options{})
	c.want(t, 0, "", "setup --local", "nothing to do: --local needs none")
	c.want(t, 0, "", "setup --local --json", `"steps":[]`)
	if _, err := os.Stat(filepath.Join(c.dir, "gcpdeploy.yaml")); err == nil {
		t.Error("settings of the emulators were written for the app")
	}
	out, errs, _ := c.run(t, "", "doctor", "--local") // its exit code says whether Docker runs
	for _, text := range []string{"✓ setup", "--local needs none", "do not run; up --local starts them", "✓ app"} {
		if !strings.Contains(out, text) {
			t.Errorf("no %q in\n%s%s", text, out, errs)
		}
	}
}

// TestLocalSetup: what setup chooses on emulators that enforce rights is kept with
// them: the app's settings are for Google. All commands with --local read it.
func TestLocalSetup(t *testing.T) {
	t.Parallel()
	c := newCloud(t, emulator.Options{Rights: true})
	state, _ := c.deps.Lookup("GCPDEPLOY_STATE_DIR")
	daemon := local.Daemon{Dir: filepath.Join(state, "local"), Version: c.deps.Version()}
	served := make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		served <- daemon.Serve(ctx, func(context.Context) (local.Status, func(context.Context) error, error) {
			return local.Status{EnforceIAM: true, URL: c.URL(), TokenFile: c.TokenFile()}, func(context.Context) error { return nil }, nil
		})
	}()
	for st, err := daemon.Status(); !st.Running; st, err = daemon.Status() {
		if err != nil {
			t.Fatal(err)
		}
		runtime.Gosched()
	}
	settings := filepath.Join(c.dir, "gcpdeploy.yaml")
	const theirs = "run:\n  max_instances: 3\n"
	if err := os.WriteFile(settings, []byte(theirs), 0o600); err != nil {
		t.Fatal(err)
	}
	c.want(t, 0, "", "setup --local --dry-run", "+ settings of the emulators: build.logs_bucket: my-project_europe-west1_logs, build.service_account: gcpdeploy-builds@my-project")
	c.want(t, 0, "", "setup --local --yes", "my-project is ready for deploys to europe-west1")
	c.want(t, 0, "", "setup --local", "nothing to do")
	c.want(t, 0, "", "setup --local --print-commands", "set -eu")
	c.want(t, 0, "", "plan --local --json", `"service_account": "gcpdeploy-builds@my-project.iam.gserviceaccount.com"`, `"logs_bucket": "my-project_europe-west1_logs"`)
	c.want(t, 0, "", "plan --local --json --build-service-account mine@my-project.iam.gserviceaccount.com", `"service_account": "mine@my-project.iam.gserviceaccount.com"`)
	c.want(t, 0, "", "setup --local --dry-run", "nothing to do")
	if got := c.want(t, 0, "", "plan --json"); strings.Contains(got, "gcpdeploy-builds@") {
		t.Errorf("a deploy to Google takes the emulators' settings:\n%s", got)
	}
	if text, err := os.ReadFile(settings); err != nil || string(text) != theirs {
		t.Errorf("the app's settings are %q, %v", text, err)
	}
	c.want(t, 0, "", "setup --local --undo --yes", "removed what setup made")
	if got := c.want(t, 0, "", "plan --local --json"); strings.Contains(got, "gcpdeploy-builds@") {
		t.Errorf("the emulators' settings are still there:\n%s", got)
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}
