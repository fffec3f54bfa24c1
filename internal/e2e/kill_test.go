package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// everyStep are the steps of a first deploy, in their order.
var everyStep = []plan.StepID{
	plan.StepWheels, plan.StepPushWheels, plan.StepPublishWheels, plan.StepLayers, plan.StepSystem,
	plan.StepPushSystem, plan.StepInstall, plan.StepRuntime, plan.StepImports, plan.StepTestEnv, plan.StepPushTestEnv, plan.StepPublish,
	plan.StepImage, plan.StepStart, plan.StepTest, plan.StepRelease,
}

// hold makes the next build stop at a step: before it, or in its middle.
func (w *world) hold(t *testing.T, phase string, step plan.StepID) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, "hold", phase+"-"+string(step)), nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (w *world) held(phase string, step plan.StepID) string {
	return filepath.Join(w.dir, "hold", phase+"-"+string(step)+".held")
}

// reached waits until a build has stopped there.
func (w *world) reached(t *testing.T, phase string, step plan.StepID, u *up) {
	t.Helper()
	until(t, "a build comes to "+phase+" "+string(step), func() bool {
		select {
		case <-u.done:
			t.Fatalf("up ended before %s %s:\n%s", phase, step, u.out.String())
		default:
		}
		_, err := os.Stat(w.held(phase, step))
		return err == nil
	})
}

// open lets the build go on.
func (w *world) open(t *testing.T, phase string, step plan.StepID) {
	t.Helper()
	if err := os.Remove(w.held(phase, step)); err != nil {
		t.Fatal(err)
	}
}

// eachCut runs f for each step, cut before it, or in the middle of those named, and both
// where all is to be tried. Else it is before and in the middle by turns, of the odd steps
// or of the even ones: of two tests each has what the other leaves out.
func eachCut(t *testing.T, odd bool, middle []plan.StepID, f func(t *testing.T, phase string, step plan.StepID)) {
	for i, step := range everyStep {
		for j, phase := range []string{"before", "during"} {
			inside := slices.Contains(middle, step)
			switch {
			case testing.Short() && (i/2+j)%4 != 0,
				phase == "during" && !inside,
				!whole() && (i%2 == 1) != odd,
				!whole() && inside && (i/2+j)%2 != 0:
				continue
			}
			t.Run(phase+" "+string(step), func(t *testing.T) {
				t.Parallel()
				f(t, phase, step)
			})
		}
	}
}

// TestKillClient kills the client, which cancels nothing: the build goes on, and
// the next run follows it, or finds what it made.
func TestKillClient(t *testing.T) {
	t.Parallel()
	// In the middle of any other step nothing is there yet that the next run could see.
	seen := []plan.StepID{plan.StepPublishWheels, plan.StepPublish, plan.StepImage, plan.StepRelease}
	eachCut(t, false, seen, func(t *testing.T, phase string, step plan.StepID) {
		w := newWorld(t, false)
		w.hold(t, phase, step)
		killed := w.run(t.Context(), w.app)
		w.reached(t, phase, step, killed)
		w.kill(killed)
		again := w.run(t.Context(), w.app)
		if phase == "before" {
			again.says(t, "following it") // else the build may have ended before it is looked for
		}
		w.open(t, phase, step)
		again.wait(t, 0)
		w.settled(t, "one")
		if n := len(w.steps(t, plan.StepWheels)); n != 1 {
			t.Errorf("the wheels were built %d times", n)
		}
	})
}

// TestKillEmulators kills the process that runs the builds: what was published
// is used, nothing half-made is.
func TestKillEmulators(t *testing.T) {
	t.Parallel()
	eachCut(t, false, everyStep, func(t *testing.T, phase string, step plan.StepID) {
		w := newWorld(t, true)
		w.hold(t, phase, step)
		cut := w.spawn(t)
		w.reached(t, phase, step, cut)
		w.killEmulators()
		w.startProcess(t)
		published := len(w.keyTags(t, plan.Wheels)) == 2
		// The client that was there sees its build end, and that trying again helps.
		if r := cut.wait(t, 75); r.Error.Kind != "transient" || r.Error.Hint == "" {
			t.Errorf("the client that was cut off says %+v", r)
		}
		w.run(t.Context(), w.app).wait(t, 0)
		w.settled(t, "one")
		if n := len(w.steps(t, plan.StepWheels)); published && n != 1 {
			t.Errorf("the wheels were published, and built %d times", n)
		}
	})
}
