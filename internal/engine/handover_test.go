package engine

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/credential"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// keeper is Secret Manager.
type keeper struct {
	*google
	kept string
}

func (k *keeper) Keep(_ context.Context, secret string, value []byte) (string, error) {
	k.kept = string(value)
	return "projects/p/secrets/" + secret + "/versions/7", k.call("keep " + secret)
}

// TestHandOver: before the build that needs them, and only then; what it prints
// of them is hidden.
func TestHandOver(t *testing.T) {
	t.Parallel()
	archive := anArchive
	asked := 0
	archive.Logins = func(context.Context) (credential.Set, error) {
		asked++
		return credential.Set{{Host: "h", User: "u", Password: canary}}, nil
	}
	p := aPlan
	p.Secrets = []plan.Secret{{Env: plan.NetrcEnv, Version: "projects/p/secrets/x/versions/latest", Ours: true}}
	g := &google{end: []plan.Outcome{ended(serves), ended(serves)}}
	k := &keeper{google: g}
	e := g.engine()
	e.Secrets = k
	e.Builds = printing{builds{g}, "BUILD\npip says " + canary + "\n"}
	if _, err := e.Apply(t.Context(), p, archive, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if want := "machine h\nlogin u\npassword " + canary + "\n"; k.kept != want || asked != 1 {
		t.Errorf("kept %q, asked %d times", k.kept, asked)
	}
	calls := g.all()
	if keep, submit := slices.Index(calls, "keep gcpdeploy-hello-netrc"), slices.Index(calls, "submit projects/p/secrets/gcpdeploy-hello-netrc/versions/7"); keep < 0 || submit < keep {
		t.Errorf("calls %q", calls)
	}
	if said := strings.Join(e.Report.(*recorder).all(), "\n"); strings.Contains(said, canary) || !strings.Contains(said, "pip says ****") {
		t.Error(said)
	}
	// One that somebody else keeps, and none.
	for _, secrets := range [][]plan.Secret{nil, {{Env: plan.NetrcEnv, Version: "v"}}} {
		p.Secrets, asked, k.kept = secrets, 0, ""
		g.end = []plan.Outcome{ended(serves)}
		if _, err := e.Apply(t.Context(), p, archive, time.Time{}); err != nil || asked != 0 || k.kept != "" {
			t.Errorf("%v: asked %d times, kept %q, %v", secrets, asked, k.kept, err)
		}
	}
	// What Secret Manager refuses ends the run before anything is sent.
	p.Secrets = []plan.Secret{{Ours: true}}
	g = &google{fail: map[string]error{"keep gcpdeploy-hello-netrc": errs.New(errs.Auth, "", "no right")}}
	e.Secrets = &keeper{google: g}
	if _, err := e.Apply(t.Context(), p, archive, time.Time{}); errs.KindOf(err) != errs.Auth || !slices.Equal(g.all(), []string{"keep gcpdeploy-hello-netrc"}) {
		t.Errorf("%v, calls %q", err, g.all())
	}
}

// printing are builds that print a line, and show the secrets that they get.
type printing struct {
	builds
	line string
}

func (b printing) Submit(ctx context.Context, p plan.Plan, bucket, object string, started time.Time, tags []string) (plan.Outcome, error) {
	for _, s := range p.Secrets {
		b.add("submit %s", s.Version)
	}
	return b.builds.Submit(ctx, p, bucket, object, started, tags)
}

func (b printing) Watch(ctx context.Context, o plan.Outcome, log io.Writer) (plan.Outcome, error) {
	if _, err := io.WriteString(log, b.line); err != nil {
		return o, err
	}
	return b.builds.Watch(ctx, o, log)
}
