package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// of is a command for the world's app.
func (w *world) of(words ...string) []string {
	return append(append([]string{"gcpdeploy"}, words...), "--source", w.app)
}

// text waits for a command, and gives what it printed.
func (u *up) text(t *testing.T, exit int) string {
	t.Helper()
	<-u.done
	if u.exit != exit {
		t.Fatalf("it ended with %d, want %d:\n%s", u.exit, exit, u.out.String())
	}
	return u.out.String()
}

// TestAsync: a build that was left to itself is come back to, by every way.
func TestAsync(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.hold(t, "during", plan.StepTest)
	r := w.run(t.Context(), w.app, "--async").wait(t, 0)
	if r.Status != "submitted" || r.Build == "" {
		t.Fatalf("%+v", r)
	}
	waits := w.command(t.Context(), w.of("status", "--wait", "--verbose"))
	w.reached(t, "during", plan.StepTest, waits)
	follows := w.command(t.Context(), w.of("logs", "--build", r.Build, "--follow", "--step", string(plan.StepPublish)))
	again := w.run(t.Context(), w.app)
	again.says(t, r.Build)
	w.open(t, "during", plan.StepTest)
	if text := waits.text(t, 0); !strings.Contains(text, "SUCCESS") || !strings.Contains(text, "  release") {
		t.Errorf("status --wait says\n%s", text)
	}
	if got := again.wait(t, 0); got.Build != r.Build || got.Status != "released" {
		t.Errorf("up again: %+v", got)
	}
	if text := follows.text(t, 0); !strings.Contains(text, "testenv:") || strings.Contains(text, "Step #") {
		t.Errorf("the step's log is\n%s", text)
	}
	w.settled(t, "one")
}

// TestCancel: the running build is stopped, nothing is released, and a rerun ends
// well.
func TestCancel(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	if text := w.command(t.Context(), w.of("cancel")).text(t, 1); !strings.Contains(text, "no build of hello is running") {
		t.Errorf("with nothing to cancel it says %s", text)
	}
	w.hold(t, "during", plan.StepTest)
	r := w.run(t.Context(), w.app, "--async").wait(t, 0)
	cancel := w.command(t.Context(), w.of("status", "--wait"))
	w.reached(t, "during", plan.StepTest, cancel)
	var report struct{ ID, Status string }
	if text := w.command(t.Context(), w.of("cancel", "--json")).text(t, 0); json.Unmarshal([]byte(text), &report) != nil || report.ID != r.Build || report.Status != "CANCELLED" {
		t.Errorf("cancel says %s", text)
	}
	if text := cancel.text(t, 130); !strings.Contains(text, "was cancelled") {
		t.Errorf("who waited is told %s", text)
	}
	if text := w.command(t.Context(), w.of("cancel", r.Build)).text(t, 1); !strings.Contains(text, "has ended: CANCELLED") {
		t.Errorf("again: %s", text)
	}
	w.run(t.Context(), w.app).wait(t, 0)
	w.settled(t, "one")
}
