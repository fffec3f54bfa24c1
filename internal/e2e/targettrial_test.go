package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// beside starts a deploy of "two" over "one", and gives it when its tests are about to
// run and its start check is through, if it is one beside what serves.
func (w targetWorld) beside(t *testing.T) *up {
	t.Helper()
	w.up(t, "one")
	w.edit(t, "two")
	w.hold(t, "before", plan.StepTest)
	u := w.run(t.Context(), w.app)
	w.reached(t, "before", plan.StepTest, u)
	w.heldSoon(t)
	w.serves(t, "one")
	return u
}

// tries says whether the target tries what it releases beside what serves.
func (w targetWorld) tries() bool { return w.Tag != nil }

// heldSoon waits until a trial holds the traffic.
func (w targetWorld) heldSoon(t *testing.T) {
	t.Helper()
	if w.tries() {
		until(t, "a trial holds the traffic", func() bool { return strings.Contains(w.do(t, 0, "status"), "\n  held ") })
	}
}

// mended is that a run takes up where another one ended, and that nothing of that is left.
func (w targetWorld) mended(t *testing.T, text string) {
	t.Helper()
	w.run(t.Context(), w.app).wait(t, 0)
	w.serves(t, text)
	if now := w.do(t, 0, "status"); strings.Contains(now, "held") || strings.Contains(now, "pinned") || strings.Contains(now, "check-") {
		t.Errorf("something is left:\n%s", now)
	}
	if p := w.plan(t, w.app); !p.NothingToDo {
		t.Errorf("there is something left to do: %v", p.Steps)
	}
}

func testsFailBeside(t *testing.T, w targetWorld) {
	fail := filepath.Join(w.dir, "fail-"+string(plan.StepTest))
	w.up(t, "zero")
	u := w.beside(t)
	if err := os.WriteFile(fail, []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.open(t, "before", plan.StepTest)
	if r := u.wait(t, 1); !strings.Contains(r.Error.Message, "nothing was released") {
		t.Errorf("%+v", r)
	}
	w.serves(t, "one")
	w.heldSoon(t)
	if err := os.Remove(fail); err != nil {
		t.Fatal(err)
	}
	w.mended(t, "two")
	// What served before is known all the same.
	w.do(t, 0, "rollback")
	w.serves(t, "one")
}

func stoppedBeside(t *testing.T, w targetWorld) {
	u := w.beside(t)
	w.do(t, 0, "cancel")
	u.wait(t, 130)
	w.serves(t, "one")
	w.heldSoon(t)
	w.edit(t, "three")
	w.mended(t, "three")
}

func rollbackBeside(t *testing.T, w targetWorld) {
	w.up(t, "zero")
	u := w.beside(t)
	w.do(t, 0, "rollback")
	w.open(t, "before", plan.StepTest)
	if r := u.wait(t, 1); r.Error.Kind != "superseded" {
		t.Errorf("%+v", r)
	}
	w.serves(t, "zero")
	if now := w.do(t, 0, "status"); strings.Contains(now, "held") {
		t.Errorf("the traffic is where somebody wanted it:\n%s", now)
	}
	w.mended(t, "two")
}
