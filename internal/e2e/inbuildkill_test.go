package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// spawnStep is step as a process that can be killed.
func (w *world) spawnStep(t *testing.T) *up {
	t.Helper()
	u := &up{done: make(chan struct{})}
	u.process = exec.Command(os.Args[0], args(w.app)[1:]...)
	u.process.Env = append(w.inBuild(), role+"=client", "HOME="+w.dir)
	u.process.Stdout, u.process.Stderr = &u.out, &u.out
	if err := u.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(u.done)
		_ = u.process.Wait()
		u.exit = u.process.ProcessState.ExitCode()
	}()
	t.Cleanup(func() { _ = u.process.Process.Kill(); <-u.done })
	return u
}

// TestKillStep kills the step at each of its own steps: the next run comes to the
// same end, uses what was published, and removes what was left.
func TestKillStep(t *testing.T) {
	t.Parallel()
	eachCut(t, true, everyStep, func(t *testing.T, phase string, step plan.StepID) {
		w := newWorld(t, false)
		w.hold(t, phase, step)
		cut := w.spawnStep(t)
		w.reached(t, phase, step, cut)
		if err := cut.process.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		<-cut.done
		published := len(w.keyTags(t, plan.Wheels)) == 2
		if left, err := os.ReadDir(filepath.Join(w.dir, "runs")); err != nil || len(left) == 0 {
			t.Fatalf("a killed run leaves nothing: %v", err)
		}
		w.step(t.Context(), args(w.app)[1:]...).wait(t, 0)
		w.noBuild(t)
		w.settled(t, "one")
		if n := len(w.steps(t, plan.StepWheels)); published && n != 1 {
			t.Errorf("the wheels were published, and built %d times", n)
		}
	})
}

// TestTwoSteps: of two builds that miss the same wheels one makes them, and the other
// waits for it, although neither is a build that Cloud Build knows of.
func TestTwoSteps(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.hold(t, "before", plan.StepPushWheels)
	first := w.step(t.Context(), args(w.app)[1:]...)
	w.reached(t, "before", plan.StepPushWheels, first)
	other := w.newApp(t, "hello", "two")
	second := w.step(t.Context(), args(other)[1:]...)
	second.says(t, "another run is building the runtime")
	w.open(t, "before", plan.StepPushWheels)
	first.wait(t, 0)
	second.wait(t, 0)
	w.noBuild(t)
	if n := len(w.steps(t, plan.StepWheels)); n != 1 {
		t.Errorf("the wheels were built %d times", n)
	}
	w.app = other
	w.settled(t, "two", "one")
}
