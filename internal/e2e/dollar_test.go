package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/gcp/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// dollars makes texts of what Cloud Build, a shell and Docker would replace.
func dollars(r *rand.Rand) string {
	var b strings.Builder
	for range 1 + r.IntN(6) {
		pieces := []string{"$", "$$", "$BUILD_ID", "${BUILD_ID}", "$_STARTED", "${_A:-x}", "$HOME", "$(id)", "$1", "{", "}", "a", "-", `\\`}
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	return b.String()
}

// TestDollars: a dollar that the user wrote is one where it is used, whatever Cloud
// Build takes for a substitution.
func TestDollars(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		text := dollars(r)
		dir := filepath.Join(t.TempDir(), "hello")
		quoted, _ := json.Marshal(text)
		write := map[string]string{
			"requirements.txt": "six==1.16.0\n",
			"main.py":          "app = 1\n",
			"gcpdeploy.yaml": fmt.Sprintf("entrypoint: [python3, main.py, %[1]s]\ntest: {command: [python, -c, %[1]s], env: {T: %[1]s}}\n"+
				"start: false\nwheels: {build_env: {CFLAGS: %[1]s}}\nrun: {env: {A: %[1]s}}\n", quoted),
		}
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		for name, content := range write {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		app, err := engine.Load(t.Context(), config.Input{Dir: dir, Targets: []config.Target{run.Kind.Config}})
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		place := plan.Place{Project: "demo", Region: "europe-west1", Repository: "host/demo/r", Version: "1", Env: []string{"E=" + text}}
		p := plan.Make(app.App, place, plan.Facts{})
		b := cloudbuild.Spec(p, cloudbuild.Source{Bucket: "b", Object: "o"}, time.Now(), []string{"gcpdeploy"})
		b, err = worker.Substitute(b, map[string]string{"BUILD_ID": "the-id", "PROJECT_ID": "demo"})
		if err != nil {
			t.Fatalf("%q: Cloud Build refuses it: %v", text, err)
		}
		for i, s := range b.GetSteps() {
			if plan.StepID(s.GetId()).About().Ours && !slices.Contains(s.GetEnv(), "E="+text) {
				t.Errorf("step %s gets %q, want E=%s", s.GetId(), s.GetEnv(), text)
			}
			if n := len(p.Steps[i].Args); len(s.GetArgs()) != n || strings.Contains(strings.Join(s.GetArgs(), " "), "$") {
				t.Errorf("step %s: %q", s.GetId(), s.GetArgs())
			}
		}
		var read plan.Plan // as the steps read it
		if err := json.Unmarshal(p.JSON(), &read); err != nil {
			t.Fatal(err)
		}
		got := []string{read.Check.Command[2], read.Check.Env["T"], read.Release.Env["A"], app.Config.Wheels.BuildEnv["CFLAGS"], app.Config.Entrypoint[2]}
		if diff := cmp.Diff(slices.Repeat([]string{text}, len(got)), got); diff != "" {
			t.Error(diff)
		}
		if !strings.Contains(string(app.Main), string(quoted)) {
			t.Errorf("the image starts\n%s\nwant %s in it", app.Main, quoted)
		}
	}
}
