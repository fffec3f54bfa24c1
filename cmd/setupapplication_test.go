package cmd_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
)

// TestApplication: where App Engine's application is to be is for ever, so that nobody
// but a person says it, and without one nothing is done at all.
func TestApplication(t *testing.T) {
	t.Parallel()
	c := newCloud(t, emulator.Options{})
	c.want(t, 4, "", "up --target app-engine", "it lacks APIs, application of App Engine,", "hint: Run `gcpdeploy setup --project my-project --region europe-west1 --target=app-engine`.")
	c.want(t, 1, "", "doctor --target app-engine", "✗ application", "where it is to be has to be said, for it can never be moved, missing",
		"gcpdeploy setup --only=application --project=my-project --region=europe-west1 --repository=gcpdeploy --target=app-engine --yes --source "+c.dir+". Say it with --app-engine-location, such as europe-west,")
	for _, args := range []string{"--yes", "--yes --json", "--print-commands", "--terraform " + t.TempDir()} {
		if args == "--print-commands" { // who cannot see it prints the others
			args += " --json"
		}
		c.want(t, 2, "", "setup --target app-engine "+args, "application of App Engine: where it is to be has to be said", "--app-engine-location, such as europe-west, which is App Engine's name of europe-west1")
	}
	c.want(t, 2, "", "setup --target app-engine --yes --app-engine-location europe-west1", "App Engine calls it europe-west.")
	got := c.want(t, 0, "", "setup --target app-engine --dry-run", "~ APIs", "+ application of App Engine: where it is to be", "appengine.deployer to gcpdeploy-builds", "logging.logWriter to gcpdeploy-app")
	if strings.Contains(got, "run.") {
		t.Errorf("roles of the other target:\n%s", got)
	}
	c.want(t, 130, "y\n", "setup --target app-engine", "It can never be moved.", "europe-west3", "number or name [europe-west]: ", "nothing was chosen")
	c.want(t, 0, "", "setup --target app-engine --print-commands --app-engine-location europe-west", "gcloud app create --project=my-project --region=europe-west\n")
	c.want(t, 0, "y\nmars\n\n", "setup --target app-engine", "that is none of them", "my-project is ready for deploys to europe-west1: run `gcpdeploy up --target=app-engine --source "+c.dir+"`")
	if text, err := os.ReadFile(filepath.Join(c.dir, "gcpdeploy.yaml")); err != nil || !strings.Contains(string(text), "app_engine:\n  service_account: gcpdeploy-app@my-project.iam.gserviceaccount.com") {
		t.Errorf("the settings are %v:\n%s", err, text)
	}
	c.want(t, 0, "", "setup --target app-engine", "nothing to do")
	if got := c.want(t, 0, "", "doctor --target app-engine", "✓ application", "in europe-west", "✓ service agent"); strings.Contains(got, "✗") {
		t.Errorf("after setup doctor says:\n%s", got)
	}
	c.want(t, 2, "", "setup --target app-engine --yes --app-engine-location us-central", "is in europe-west for ever, and app_engine.location says us-central", "hint: Take app_engine.location out")
	c.want(t, 0, "", "setup --target app-engine --undo", "the application of App Engine stays: it cannot be deleted")
	c.want(t, 0, "", "setup --undo --yes", "removed what setup made")
	if got := c.want(t, 0, "", "setup --target app-engine --dry-run"); !strings.Contains(got, "+ service account gcpdeploy-app") || strings.Contains(got, "+ application") {
		t.Errorf("after undo:\n%s", got)
	}
}

// TestAutomaticDeploysOfApplication: a trigger's step and a schedule's lead to the same
// target, whose file of settings is among those that a trigger fires for.
func TestAutomaticDeploysOfApplication(t *testing.T) {
	t.Parallel()
	c := shop(t, emulator.Options{})
	c.file(t, "hello/prod.yaml", "runtime: custom\nenv: flex\nservice: web\n")
	c.want(t, 0, "", "setup --yes --target app-engine --app-engine-location europe-west")
	c.git(t, "remote", "add", "origin", "https://github.com/ada/shop")
	c.commit(t, "one")
	c.hear(t, cloudbuild.Hook{})
	c.connect(t)
	const flags = "--region=europe-west1 --target=app-engine --appyaml=prod.yaml"
	c.want(t, 0, "", "trigger create --target app-engine --appyaml prod.yaml", "where it touches base.txt, hello/**, lib/**, deploys hello")
	args := fmt.Sprint(c.show(t, "hello-push").Trigger["build"].(map[string]any)["steps"].([]any)[0].(map[string]any)["args"])
	if !strings.HasPrefix(args, "[up --source=hello ") || !strings.Contains(args, flags) {
		t.Errorf("the trigger's step runs %s", args)
	}
	out, errs, code := c.run(t, "", "schedule", "create", "--target", "app-engine", "--schedule", "0 3 * * *", "--prune", "--yes")
	if code != 0 {
		t.Fatalf("the schedule: %d\n%s%s", code, out, errs)
	}
	job := c.ask(t, http.MethodGet, "/v1/projects/my-project/locations/europe-west1/jobs/hello-wheels-refresh", "")
	build, err := base64.StdEncoding.DecodeString(job["httpTarget"].(map[string]any)["body"].(string))
	if err != nil || !strings.Contains(string(build), `"refresh"`) || !strings.Contains(string(build), `"--target=app-engine"`) {
		t.Errorf("the schedule's build: %v\n%s", err, build)
	}
}
