package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/lease"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// leaseFor takes the lease of a run elsewhere that makes what an app misses.
func (w *world) leaseFor(t *testing.T, app string, names ...string) *lease.Held {
	t.Helper()
	keys := w.plan(t, app).Keys
	held, err := lease.Take(t.Context(), w.registry(), lease.Lease{
		Tags: []string{"gcpdeploy", "service-hello", "made-" + keys.Runtime.Key[:40], "wheels-" + keys.Wheels.Key[:40]}, Names: names,
		Service: "hello", In: "GitHub Actions", URL: "https://github.example/runs/7", Began: time.Now(), Limit: time.Hour,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = held.Release(t.Context()) })
	return held
}

// TestLeaseIsWaitedFor: a run elsewhere that makes the wheels is waited for, and
// when it has ended without them they are made here. Nobody sees an ended one.
func TestLeaseIsWaitedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	held := w.leaseFor(t, w.app)
	first, second := w.run(t.Context(), w.app), w.run(t.Context(), w.newApp(t, "other", "two"))
	for _, u := range []*up{first, second} {
		u.says(t, "waiting for it (https://github.example/runs/7)")
	}
	if n := len(w.cloudbuild().Builds()); n != 0 {
		t.Errorf("%d builds beside the run that makes it", n)
	}
	if err := held.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	first.wait(t, 0)
	second.wait(t, 0)
	if n := len(w.keyTags(t, plan.Runtime)); n != 1 {
		t.Errorf("%d runtimes, want 1", n)
	}
	w.settled(t, "one")
}

// TestLeaseAndStatus: who asks is told what runs elsewhere.
func TestLeaseAndStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	held := w.leaseFor(t, w.app)
	if err := held.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.run(t.Context(), w.app).wait(t, 0)
	status := func(more ...string) string {
		t.Helper()
		u := w.command(t.Context(), append([]string{"gcpdeploy", "status", "--source", w.app}, more...))
		<-u.done
		if u.exit != 0 {
			t.Fatal(u.out.String())
		}
		return u.out.String()
	}
	if text := status(); strings.Contains(text, "running") {
		t.Errorf("nothing runs:\n%s", text)
	}
	held = w.leaseFor(t, w.app)
	if text := status(); !strings.Contains(text, "  running   "+held.ID+"  GitHub Actions  https://github.example/runs/7\n") {
		t.Error(text)
	}
	var r struct {
		Runs []struct{ ID, In, URL string }
	}
	if err := json.Unmarshal([]byte(status("--json")), &r); err != nil || len(r.Runs) != 1 || r.Runs[0].ID != held.ID {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestLeaseAndPrune: what a run elsewhere names stays, and goes when it has ended;
// so does what is left of its lease.
func TestLeaseAndPrune(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	var refs []string
	for n := range 2 {
		set, _ := w.set(t, n, "")
		refs = append(refs, set...)
	}
	reasons := func() (reasons []string) {
		t.Helper()
		exit, p := w.prune(t, "--keep", "0")
		if exit != 0 {
			t.Fatal(exit)
		}
		for _, i := range p.Remove {
			reasons = append(reasons, i.Package+"@"+i.Digest)
		}
		return reasons
	}
	if gone := reasons(); !slices.Contains(gone, refs[0]) || !slices.Contains(gone, refs[len(refs)-1]) {
		t.Fatalf("%v would not go, %v would", refs, gone)
	}
	held := w.leaseFor(t, w.app, refs[0][strings.Index(refs[0], "sha256:"):])
	ofLeases := func(ref string) bool { return strings.HasPrefix(ref, plan.Leases+"@") }
	if gone := reasons(); slices.Contains(gone, refs[0]) || slices.ContainsFunc(gone, ofLeases) {
		t.Errorf("%v go, and a run works with %s", gone, refs[0])
	}
	if err := held.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	gone := reasons()
	if !slices.Contains(gone, refs[0]) {
		t.Errorf("%s stays for a run that has ended", refs[0])
	}
	if !slices.ContainsFunc(gone, ofLeases) {
		t.Errorf("what is left of the lease stays: %v go", gone)
	}
}
