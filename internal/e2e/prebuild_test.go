package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// prebuild is `gcpdeploy wheels prebuild`.
func (w *world) prebuild(t *testing.T, args ...string) (string, int) {
	t.Helper()
	u := w.command(t.Context(), append([]string{"gcpdeploy", "wheels", "prebuild", "--source", w.app}, args...))
	<-u.done
	return u.out.String(), u.exit
}

// TestPrebuild: what a pull request builds, the merge finds.
func TestPrebuild(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	result := func(status string) engine.Result {
		t.Helper()
		text, exit := w.prebuild(t, "--json")
		lines := strings.Split(strings.TrimSpace(text), "\n")
		var r engine.Result
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &r); exit != 0 || err != nil || r.Status != status || r.Shared == nil {
			t.Fatalf("%d, %v, want %s:\n%s", exit, err, status, text)
		}
		return r
	}
	r := result("built")
	s := r.Shared
	if !s.Wheels.Built || !s.Runtime.Built || s.TestEnv == nil || !s.TestEnv.Built || s.Wheels.Bytes == 0 || s.Runtime.Bytes == 0 || s.TestEnv.Bytes == 0 || len(s.Packages) == 0 || s.Against != "" {
		t.Errorf("%+v", s)
	}
	for image, of := range map[string]engine.SharedImage{plan.Wheels: s.Wheels, plan.Runtime: s.Runtime, plan.TestEnv: *s.TestEnv} {
		if got := w.keyTags(t, image)[of.Key]; got == "" || got != of.Digest {
			t.Errorf("%s:%s is %q, and it says %q", image, of.Key, got, of.Digest)
		}
	}
	if asked := w.asksTarget(0); len(asked) > 0 {
		t.Errorf("it asked for what serves: %v", asked)
	}
	want := []plan.StepID{plan.StepWheels, plan.StepPushWheels, plan.StepPublishWheels, plan.StepBase, plan.StepLayers, plan.StepSystem, plan.StepPushSystem, plan.StepInstall, plan.StepRuntime, plan.StepImports, plan.StepTestEnv, plan.StepPushTestEnv, plan.StepPublish}
	ran := map[plan.StepID]bool{}
	for _, id := range w.steps(t, "") {
		ran[id] = true
	}
	for _, id := range want {
		if !ran[id] {
			t.Errorf("step %s did not run", id)
		}
		delete(ran, id)
	}
	if len(ran) > 0 {
		t.Errorf("and these did: %v", ran)
	}

	again := result("nothing_to_do").Shared
	if again.Wheels.Digest != s.Wheels.Digest || again.Runtime.Digest != s.Runtime.Digest || again.TestEnv.Digest != s.TestEnv.Digest || again.Wheels.Built || len(again.Packages) != len(s.Packages) {
		t.Errorf("again: %+v", again)
	}
	if r := w.run(t.Context(), w.app).wait(t, 0); r.Status != "released" {
		t.Errorf("the merge: %+v", r)
	}
	for _, id := range []plan.StepID{plan.StepWheels, plan.StepRuntime, plan.StepTestEnv} {
		if n := len(w.steps(t, id)); n != 1 {
			t.Errorf("step %s ran %d times", id, n)
		}
	}
	w.settled(t, "one")

	// A bump, as a comment.
	if err := os.WriteFile(filepath.Join(w.app, "requirements.txt"), []byte("flask==3.0.0\nnumpy==2.1.1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.newer(t, `{"packages":[{"name":"flask","version":"3.0.1","build_key":"b"},{"name":"new|one","version":"1"}]}`)
	text, exit := w.prebuild(t, "--markdown")
	for _, part := range []string{"<!-- gcpdeploy wheels prebuild hello -->\n### hello: its wheels are built, after ", "requirements.txt:2: numpy==2.1 → ==2.1.1", "other wheels",
		"| flask | 3.0.0 | 3.0.1 | downloaded |\n| new\\|one | – | 1 |  |\n", "| runtime | `", "A deploy of these requirements builds none of it."} {
		if !strings.Contains(text, part) || exit != 0 {
			t.Errorf("%d, without %q:\n%s", exit, part, text)
		}
	}
	bumped := result("nothing_to_do").Shared
	if diff := cmp.Diff([]plan.Changed{{Name: "flask", Old: "3.0.0", New: "3.0.1"}, {Name: "new|one", New: "1"}}, bumped.Changed); diff != "" || bumped.Against != s.Wheels.Digest {
		t.Errorf("against %s: %s", bumped.Against, diff)
	}
	if text, exit := w.prebuild(t, "--json", "--markdown"); exit != 2 || !strings.Contains(text, "exclude each other") {
		t.Errorf("%d %s", exit, text)
	}
}
