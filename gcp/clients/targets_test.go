package clients_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// TestTargetsShareTheImage: an app goes to all targets as one image. Its plans differ in
// what is released, and in nothing else.
func TestTargetsShareTheImage(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "hello")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"requirements.txt": "flask==3.1.0\ngunicorn==23.0.0\n",
		"main.py":          "import flask\napp = flask.Flask(__name__)\n",
		"app.yaml":         "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\nruntime_config: {operating_system: ubuntu22, runtime_version: '3.11'}\nmanual_scaling: {instances: 1}\n",
		"gcpdeploy.yaml":   "run: {memory: 1Gi}\napp_engine: {resources: {cpu: 2, memory_gb: 4}}\nenvironments: {flex: {target: app-engine}}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	place := plan.Place{Project: "my-project", Region: "europe-west1", Repository: "europe-west1-docker.pkg.dev/my-project/gcpdeploy", Version: "1"}
	planned := func(env string) (plan.Plan, plan.Keys) {
		t.Helper()
		app, err := engine.Load(t.Context(), clients.App{Source: dir, Env: env}.Input(deps(dir, nil)))
		if err != nil {
			t.Fatal(err)
		}
		p := plan.Make(app.App, place, plan.Facts{})
		return p, plan.KeysOf(app.App, "sha256:"+"0")
	}
	here, first := planned("")
	there, second := planned("flex")
	if first.App.Hash == "" || first.App.Hash != second.App.Hash {
		t.Errorf("the image's key is %s, and %s on App Engine", first.App.Hash, second.App.Hash)
	}
	if here.Release.Service != "hello" || there.Release.Service != "default" || here.Release.Image != there.Release.Image {
		t.Errorf("%+v\n%+v", here.Release, there.Release)
	}
	rest := func(p plan.Plan) (all map[string]any) {
		if err := json.Unmarshal(p.JSON(), &all); err != nil {
			t.Fatal(err)
		}
		delete(all, "release")
		delete(all, "target")
		delete(all, "notes") // which say of app.yaml what does not hold for a target
		return all
	}
	if diff := cmp.Diff(rest(here), rest(there)); diff != "" {
		t.Errorf("-Cloud Run +App Engine:\n%s", diff)
	}
}
