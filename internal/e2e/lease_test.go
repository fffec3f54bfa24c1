package e2e

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	cloud "github.com/gcpdeploy/gcpdeploy/gcp/project"
	"github.com/gcpdeploy/gcpdeploy/gcp/registry"
	"github.com/gcpdeploy/gcpdeploy/internal/lease"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
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

// TestLeaseRights: who may write images can take, renew and end a lease, and who
// may read them can see it and wait for it.
func TestLeaseRights(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false, func(o *emulator.Options) {
		o.Projects, o.Rights = frame.Projects{Known: []string{project}}, true
	})
	owner := cloud.New(w.access, project)
	as := func(name, role string) *registry.Client {
		t.Helper()
		if err := owner.CreateAccount(t.Context(), name, cloud.Account{}); err != nil {
			t.Fatal(err)
		}
		member := "serviceAccount:" + name + "@" + project + ".iam.gserviceaccount.com"
		if err := owner.Change(t.Context(), owner.Repository(region, "gcpdeploy"), func(p *cloud.Policy) bool {
			return p.Add(cloud.Grant{Role: role, Member: member})
		}); err != nil {
			t.Fatal(err)
		}
		token := filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(token, []byte(w.server.Token(member)), 0o600); err != nil {
			t.Fatal(err)
		}
		a := gcp.New(gcp.Config{Endpoints: gcp.Endpoints{Base: w.server.URL()}, TokenFile: token})
		t.Cleanup(func() { _ = a.Close() })
		return registry.New(a, project, region, "gcpdeploy")
	}
	writer, reader := as("builds", "roles/artifactregistry.writer"), as("person", "roles/artifactregistry.reader")
	moves := make(chan struct{}, 1)
	clock := steps{Clock: poll.System, step: make(chan time.Time)}
	held, err := lease.Take(t.Context(), moving{writer, moves}, lease.Lease{Tags: []string{"wheels-1"}}, clock)
	if err != nil {
		t.Fatal(err)
	}
	f := lease.NewFinder(reader, nil)
	see := func(want int) {
		t.Helper()
		for who, f := range map[string]*lease.Finder{"who looked before": f, "who looks first": lease.NewFinder(reader, nil), "the builds": lease.NewFinder(writer, nil)} {
			if runs, err := f.Runs(t.Context()); err != nil || len(runs) != want || want > 0 && !runs[0].Created.Equal(held.Created) {
				t.Errorf("%s: %v, %v, want %d", who, runs, err, want)
			}
		}
	}
	see(1)
	for range 3 {
		clock.step <- time.Now()
		<-moves
		see(1)
	}
	if err := held.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	see(0)
	if released, err := f.Wait(t.Context(), held.Run); !released || err != nil {
		t.Errorf("%v, %v", released, err)
	}
	if _, err := lease.Take(t.Context(), reader, lease.Lease{}, nil); err == nil || !strings.Contains(err.Error(), "artifactregistry.repositories.uploadArtifacts") {
		t.Errorf("a reader took one: %v", err)
	}
}

// steps is a clock whose pauses end when the test says so.
type steps struct {
	poll.Clock
	step chan time.Time
}

func (s steps) After(time.Duration) <-chan time.Time { return s.step }

// moving tells of each tag that was moved.
type moving struct {
	*registry.Client
	moves chan<- struct{}
}

func (m moving) MoveTag(ctx context.Context, image, tag, digest string) error {
	err := m.Client.MoveTag(ctx, image, tag, digest)
	m.moves <- struct{}{}
	return err
}
