package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// TestCalls counts what a run costs on the wire, from the outside.
func TestCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.run(t.Context(), w.app).wait(t, 0)

	before := len(w.server.Calls())
	r := w.run(t.Context(), w.app).wait(t, 0)
	calls := w.server.Calls()[before:]
	for _, c := range calls {
		t.Log("no-op:", c.Method, c.Path)
	}
	if r.Status != "nothing_to_do" {
		t.Errorf("the second run: %+v", r)
	}
	if len(calls) > 6 {
		t.Errorf("a run with nothing to do makes %d calls, want at most 6", len(calls))
	}
	if n := len(w.cloudbuild().Builds()); n != 1 {
		t.Errorf("%d builds, want 1", n)
	}

	if err := os.WriteFile(filepath.Join(w.app, "wsgi.py"), []byte("two\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	before = len(w.server.Calls())
	had := len(w.steps(t, ""))
	w.run(t.Context(), w.app).wait(t, 0)
	var clients int
	count := map[string]int{}
	for _, c := range w.server.Calls()[before:] {
		// How many calls of the registry protocol a push takes is for its library; how often a running build is asked for depends on its time.
		if !strings.HasPrefix(c.Path, "/v2/") && !polls(c.Path) {
			clients++
		}
		count[c.Method+" "+c.Path]++
	}
	for path, n := range count {
		t.Logf("warm: %3d %s", n, path)
	}
	// A call for each requirement or image would show.
	if clients > 20 {
		t.Errorf("a warm run makes %d calls: %v", clients, count)
	}
	if got := w.serves(t); got.Text != "two" {
		t.Errorf("serves %+v", got)
	}
	steps := w.steps(t, "")[had:]
	slices.Sort(steps)
	if diff := cmp.Diff([]plan.StepID{plan.StepImage, plan.StepRelease, plan.StepStart, plan.StepTest}, steps); diff != "" {
		t.Errorf("steps of a warm run (-want +got):\n%s", diff)
	}
}

// polls says whether a call of a run is repeated for as long as its build takes.
func polls(path string) bool {
	return strings.Contains(path, "/o/log-") ||
		strings.HasSuffix(path, ".CloudBuild/GetBuild") ||
		strings.HasSuffix(path, ".CloudBuild/ListBuilds") ||
		strings.HasSuffix(path, ".Operations/WaitOperation")
}
