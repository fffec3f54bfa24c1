package setup_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/iam"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/serviceusage"
	"github.com/gcpdeploy/gcpdeploy/gcp/setup"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// slow is a fresh project where what is enabled can be called only after a while,
// of a time that passes by being waited for.
func slow(t *testing.T, lag time.Duration) world {
	t.Helper()
	clock := poll.NewJumping(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{
		Dir: t.TempDir(), Projects: frame.Projects{Known: []string{id}, New: true}, Now: clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	emulator.Get[*serviceusage.Server](s).Lag(lag)
	a := gcp.New(gcp.Config{
		Endpoints: gcp.Endpoints{Base: s.URL()}, TokenFile: s.TokenFile(), Clock: clock, Poll: poll.Backoff{Initial: time.Second, Max: time.Second},
	})
	t.Cleanup(func() { _ = a.Close() })
	w := world{Server: s}
	return w.in(a, "europe-west1")
}

func TestLag(t *testing.T) {
	t.Parallel()
	for lag, well := range map[time.Duration]bool{2 * time.Minute: true, 10 * time.Minute: false} {
		w := slow(t, lag)
		waited := ""
		p := silent
		p.Wait = func(s setup.Step, why string) { waited += s.Kind() + " " + why + "\n" }
		err := setup.Apply(t.Context(), w.Access, setup.Lacking(setup.Observe(t.Context(), w.list)), p)
		if !strings.Contains(waited, "until iam.googleapis.com can be called") {
			t.Errorf("%v: nobody is told what is waited for: %q", lag, waited)
		}
		if well != (err == nil) || !well && (errs.KindOf(err) != errs.Transient || !strings.Contains(err.Error(), "waited 3m0s")) {
			t.Errorf("%v: %v", lag, err)
		}
	}
}

// TestAccountsGetAround: a policy is refused for a while that names an account which
// was just made.
func TestAccountsGetAround(t *testing.T) {
	t.Parallel()
	for times, well := range map[int]bool{3: true, 1000: false} {
		w := slow(t, 0)
		emulator.Get[*iam.Server](w.Server).Faults.Fail("SetIamPolicy", times, codes.InvalidArgument)
		err := setup.Apply(t.Context(), w.Access, setup.Lacking(setup.Observe(t.Context(), w.list)), silent)
		if well != (err == nil) || !well && errs.KindOf(err) != errs.Transient {
			t.Errorf("%d refusals: %v", times, err)
		}
	}
}
