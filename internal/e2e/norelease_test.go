package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// asksTarget says which calls since were to Cloud Run, or about its APIs.
func (w *world) asksTarget(since int) (asked []string) {
	for _, c := range w.server.Calls()[since:] {
		if strings.Contains(c.Path, "google.cloud.run.") || strings.Contains(c.Path, "/services/") {
			asked = append(asked, c.Path)
		}
	}
	return asked
}

// TestNoRelease: a pull request's run builds and tests, asks nothing of what
// serves, and leaves no image that a deploy would take for tested; the merge then
// finds what all share, and tests what it releases.
func TestNoRelease(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	r := w.run(t.Context(), w.app, "--no-release").wait(t, 0)
	if r.Status != "tested" || r.URL != "" || r.Revision != "" {
		t.Errorf("the result: %+v", r)
	}
	if asked := w.asksTarget(0); len(asked) > 0 {
		t.Errorf("it asked for what serves: %v", asked)
	}
	tags, err := w.registry().Tags(t.Context(), "hello")
	if err != nil || len(tags) > 0 {
		t.Errorf("the app's image is in the registry: %v %v", tags, err)
	}
	for _, image := range []string{plan.Wheels, plan.Runtime, plan.TestEnv} {
		if len(w.keyTags(t, image)) == 0 {
			t.Errorf("there is no %s for the merge", image)
		}
	}
	for id, n := range map[plan.StepID]int{plan.StepTest: 1, plan.StepStart: 1, plan.StepPush: 0, plan.StepRelease: 0} {
		if got := len(w.steps(t, id)); got != n {
			t.Errorf("step %s ran %d times, want %d", id, got, n)
		}
	}

	// What nobody may find later: it is no deploy of the service.
	if u := w.command(t.Context(), []string{"gcpdeploy", "status", "--json", "--source", w.app}); u.wait(t, 1).Error.Kind != "not_found" {
		t.Errorf("status: %s", u.out.String())
	}
	r = w.run(t.Context(), w.app).wait(t, 0)
	if r.Status != "released" || w.serves(t).Text != "one" {
		t.Errorf("the merge: %+v", r)
	}
	if wheels, tests := len(w.steps(t, plan.StepWheels)), len(w.steps(t, plan.StepTest)); wheels != 1 || tests != 2 {
		t.Errorf("wheels were built %d times, tests ran %d times", wheels, tests)
	}

	// A source that was released was tested.
	since := len(w.server.Calls())
	u := w.command(t.Context(), []string{"gcpdeploy", "up", "--no-release", "--source", w.app})
	<-u.done
	if u.exit != 0 || !strings.Contains(u.out.String(), "nothing to do: already tested, "+w.registry().Repository()+"/hello@sha256:") {
		t.Errorf("%d %s", u.exit, u.out.String())
	}
	if asked := w.asksTarget(since); len(asked) > 0 {
		t.Errorf("it asked for what serves: %v", asked)
	}
	u = w.command(t.Context(), []string{"gcpdeploy", "plan", "--no-release", "--source", w.app})
	<-u.done
	if u.exit != 0 || !strings.Contains(u.out.String(), "nothing to do: an image of this source was tested before") {
		t.Errorf("plan: %d %s", u.exit, u.out.String())
	}
	w.settled(t, "one")
}

// TestNoReleaseFails: tests that fail are an error as in any deploy.
func TestNoReleaseFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	if err := os.WriteFile(filepath.Join(w.dir, "fail-test"), []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := w.run(t.Context(), w.app, "--no-release").wait(t, 1); r.Error.Kind != "build" || !strings.Contains(r.Error.Message, "step test failed") {
		t.Errorf("%+v", r)
	}
	if r := w.run(t.Context(), w.app, "--no-release", "--async").wait(t, 2); !strings.Contains(r.Error.Message, "--async and --no-release exclude each other") {
		t.Errorf("%+v", r)
	}
}
