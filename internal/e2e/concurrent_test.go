package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// TestSameAppTwice: who comes second follows the first one's build.
func TestSameAppTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.hold(t, "before", plan.StepRuntime)
	first := w.run(t.Context(), w.app)
	w.reached(t, "before", plan.StepRuntime, first)
	second := w.run(t.Context(), w.app)
	second.says(t, "following it")
	w.open(t, "before", plan.StepRuntime)
	a, b := first.wait(t, 0), second.wait(t, 0)
	if a.Build != b.Build || a.Revision != b.Revision || a.Revision == "" {
		t.Errorf("two runs of one plan came to %+v and %+v", a, b)
	}
	if n := len(w.cloudbuild().Builds()); n != 1 {
		t.Errorf("%d builds, want 1", n)
	}
	w.settled(t, "one")
}

// TestOlderEndsLast: the run that was started later serves.
func TestOlderEndsLast(t *testing.T) {
	for _, phase := range []string{"before", "during"} {
		for _, step := range []plan.StepID{plan.StepTest, plan.StepRelease} {
			t.Run(phase+" "+string(step), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, false)
				w.run(t.Context(), w.app).wait(t, 0)
				older := w.newApp(t, "hello", "older")
				w.hold(t, phase, step)
				old := w.run(t.Context(), older)
				w.reached(t, phase, step, old)
				w.app = w.newApp(t, "hello", "newer")
				r := w.run(t.Context(), w.app).wait(t, 0)
				w.open(t, phase, step)
				late := old.wait(t, 1)
				if late.Error.Kind != "superseded" {
					t.Errorf("the older run says %+v", late)
				}
				if !strings.Contains(old.out.String(), `"status":"superseded"`) {
					t.Errorf("the older run has no result:\n%s", old.out.String())
				}
				if got := w.serves(t); got.Text != "newer" || !strings.HasSuffix(r.Image, got.Image) {
					t.Errorf("it serves %+v, the newer run released %+v", got, r)
				}
			})
		}
	}
}

// TestNothingToDoBehindAnother: a run that finds its image in service while an
// older run of another source is under way still wins.
func TestNothingToDoBehindAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.run(t.Context(), w.app).wait(t, 0)
	other := w.newApp(t, "hello", "other")
	w.hold(t, "before", plan.StepRelease)
	old := w.run(t.Context(), other)
	w.reached(t, "before", plan.StepRelease, old)
	w.run(t.Context(), w.app).wait(t, 0)
	w.open(t, "before", plan.StepRelease)
	old.wait(t, 1)
	w.settled(t, "one", "other")
}

// TestFollowerStartedLast: a run that follows an older run's build does not lose
// with it to a third one that was started in between.
func TestFollowerStartedLast(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.run(t.Context(), w.newApp(t, "hello", "before")).wait(t, 0)
	w.hold(t, "before", plan.StepTest)
	oldest := w.run(t.Context(), w.app)
	w.reached(t, "before", plan.StepTest, oldest)
	w.hold(t, "before", plan.StepRelease)
	between := w.run(t.Context(), w.newApp(t, "hello", "between"))
	w.reached(t, "before", plan.StepRelease, between)
	last := w.run(t.Context(), w.app)
	last.says(t, "following it")
	w.open(t, "before", plan.StepRelease)
	between.wait(t, 0)
	w.open(t, "before", plan.StepTest)
	oldest.wait(t, 1)
	last.wait(t, 0)
	if got := w.serves(t); got.Text != "one" {
		t.Errorf("it serves %+v", got)
	}
}

// TestFollowerOfCancelled: Ctrl-C in one terminal does not stop the run in another.
func TestFollowerOfCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.hold(t, "before", plan.StepPublish)
	ctx, cancel := context.WithCancel(t.Context())
	first := w.run(ctx, w.app)
	w.reached(t, "before", plan.StepPublish, first)
	second := w.run(t.Context(), w.app)
	second.says(t, "following it")
	cancel()
	first.wait(t, 130)
	second.wait(t, 0)
	w.settled(t, "one")
}

// TestFiveTwiceAtOnce: two runs of each of five services with the same
// requirements, none of them built before, come to one image of wheels and one runtime.
func TestFiveTwiceAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	var runs []*up
	var apps []string
	for i := range 5 {
		// It is written before either of its runs reads it.
		app := w.newApp(t, fmt.Sprintf("hello-%d", i), "one")
		apps = append(apps, app)
		runs = append(runs, w.run(t.Context(), app), w.run(t.Context(), app))
	}
	for _, u := range runs {
		u.wait(t, 0)
	}
	if n := len(w.keyTags(t, plan.Runtime)); n != 1 {
		t.Errorf("%d key tags of runtimes, want 1", n)
	}
	if n := len(w.keyTags(t, plan.TestEnv)); n != 1 {
		t.Errorf("%d key tags of test packages, want 1", n)
	}
	digests := map[string]bool{}
	for _, d := range w.keyTags(t, plan.Wheels) {
		digests[d] = true
	}
	if len(digests) != 1 {
		t.Errorf("the wheels' tags point to %v", digests)
	}
	for _, app := range apps {
		if p := w.plan(t, app); !p.NothingToDo {
			t.Errorf("%s has something left to do: %v", p.Service, p.Steps)
		}
	}
}

// TestWheelsOnce: thirty services that miss the same wheels while somebody is
// building them, whose client has died, wait for that one build.
func TestWheelsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.hold(t, "before", plan.StepWheels)
	first := w.spawn(t)
	w.reached(t, "before", plan.StepWheels, first)
	if err := first.process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-first.done
	var runs []*up
	for i := range 29 {
		u := w.run(t.Context(), w.newApp(t, fmt.Sprintf("other-%d", i), "one"))
		runs = append(runs, u)
	}
	for _, u := range runs {
		u.says(t, "waiting for it")
	}
	w.open(t, "before", plan.StepWheels)
	for _, u := range runs {
		u.wait(t, 0)
	}
	if n := len(w.steps(t, plan.StepWheels)); n != 1 {
		t.Errorf("the wheels were built %d times", n)
	}
	if n := len(w.keyTags(t, plan.Wheels)); n != 2 {
		t.Errorf("%d key tags of wheels, want W and C", n)
	}
}
