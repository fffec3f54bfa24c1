package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// TestFailingTest: what is shared is kept, nothing is released, and a rerun
// sends nothing.
func TestFailingTest(t *testing.T) {
	for _, step := range []plan.StepID{plan.StepStart, plan.StepTest} {
		t.Run(string(step), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, false)
			fail := filepath.Join(w.dir, "fail-"+string(step))
			if err := os.WriteFile(fail, []byte("1"), 0o600); err != nil {
				t.Fatal(err)
			}
			for try := range 3 {
				u := w.run(t.Context(), w.app)
				if r := u.wait(t, 1); r.Error.Kind != "build" || !strings.Contains(r.Error.Message, string(step)) || !strings.Contains(r.Error.Message, "nothing was released") {
					t.Errorf("the error is %+v", r.Error)
				}
				if !strings.Contains(u.out.String(), "as the script says") {
					t.Errorf("the step's own output is not shown:\n%s", u.out.String())
				}
				// The first run's plan built the runtime; the plan of the second is the third's.
				if sent := !strings.Contains(u.out.String(), "sent before"); sent != (try < 2) {
					t.Errorf("run %d: sent %v\n%s", try, sent, u.out.String())
				}
				if tags := w.keyTags(t, "hello"); len(tags) != 0 {
					t.Errorf("an image is tagged for release: %v", tags)
				}
			}
			if n := len(w.steps(t, plan.StepWheels)); n != 1 {
				t.Errorf("the wheels were built %d times", n)
			}
			if err := os.Remove(fail); err != nil {
				t.Fatal(err)
			}
			w.run(t.Context(), w.app).wait(t, 0)
			w.settled(t, "one")
		})
	}
}

// TestRevisionThatCrashes: the one before serves on.
func TestRevisionThatCrashes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.run(t.Context(), w.app).wait(t, 0)
	u := w.run(t.Context(), w.newApp(t, "hello", "crash"))
	if r := u.wait(t, 1); r.Error.Kind != "build" {
		t.Errorf("the error is %+v", r.Error)
	}
	if got := w.serves(t); got.Text != "one" {
		t.Errorf("it serves %+v", got)
	}
	w.run(t.Context(), w.app).wait(t, 0)
	w.settled(t, "one") // nothing says that the other one was tested
}

// TestInterrupted is Ctrl-C: the build is cancelled, the service as it was.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.hold(t, "during", plan.StepTest)
	ctx, cancel := context.WithCancel(t.Context())
	u := w.run(ctx, w.app)
	w.reached(t, "during", plan.StepTest, u)
	cancel()
	if r := u.wait(t, 130); r.Error.Kind != "interrupted" || !strings.Contains(r.Error.Message, "was cancelled") {
		t.Errorf("the error is %+v", r.Error)
	}
	if b := w.cloudbuild().Builds()[0]; b.GetStatus().String() != "CANCELLED" {
		t.Errorf("the build is %v", b.GetStatus())
	}
	w.run(t.Context(), w.app).wait(t, 0)
	w.settled(t, "one")
}
