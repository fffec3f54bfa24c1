package engine

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// TestInterrupt: Ctrl-C cancels the build, also one that is just being created.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, stop string
		fail       map[string]error
		err        string
		kind       errs.Kind
		calls      []string
	}{
		{"while watching", "watch mine", nil, "interrupted; build mine was cancelled", errs.Interrupted,
			[]string{"submit", "running", "watch mine", "cancel mine", "watch mine"}},
		{"while creating", "submit", nil, "interrupted; build mine was cancelled", errs.Interrupted,
			[]string{"submit", "running", "watch mine", "cancel mine", "watch mine"}},
		{"no cancelling", "watch mine", map[string]error{"cancel mine": errors.New("no")}, "could not be cancelled: no", errs.Interrupted,
			[]string{"submit", "running", "watch mine", "cancel mine"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			g := &google{hang: true, fail: tt.fail}
			e := g.engine()
			e.Builds = stopping{builds{g}, tt.stop, cancel}
			_, err := e.Apply(ctx, aPlan, anArchive, time.Time{})
			if err == nil || errs.ExitCode(err) != 130 || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%v", err)
			}
			calls := slices.DeleteFunc(g.all(), func(c string) bool {
				return slices.Contains([]string{"bucket", "exists", "upload", "last"}, c)
			})
			if diff := cmp.Diff(append([]string{"running"}, tt.calls...), calls); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

// TestInterruptTwice: a second Ctrl-C leaves the build running, and says how to
// come back; one that comes later waits no longer for the build's end.
func TestInterruptTwice(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, err, hint string
		late            bool
		calls           []string
	}{
		{"at once", "interrupted; build mine goes on", "gcpdeploy status --wait", false, []string{"watch mine"}},
		{"later", "interrupted; build mine is being cancelled", "", true, []string{"watch mine", "cancel mine", "watch mine"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			g := &google{hang: true, fail: map[string]error{}}
			e := g.engine()
			again := make(chan struct{})
			released := false
			e.Again = func() (<-chan struct{}, func()) { return again, func() { released = true } }
			b := &twice{stopping{builds{g}, "watch mine", cancel}, again}
			if e.Builds = b; !tt.late {
				close(again)
				e.Clock = never{e.Clock}
			}
			_, err := e.Apply(ctx, aPlan, anArchive, time.Time{})
			if errs.ExitCode(err) != 130 || err.Error() != tt.err || !strings.Contains(errs.HintOf(err), tt.hint) || !released {
				t.Errorf("%v, hint %q, released %v", err, errs.HintOf(err), released)
			}
			calls := slices.DeleteFunc(g.all(), func(c string) bool { return !strings.HasSuffix(c, " mine") })
			if diff := cmp.Diff(tt.calls, calls); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

// never is a clock whose waits have no end.
type never struct{ poll.Clock }

func (never) After(time.Duration) <-chan time.Time { return nil }

// twice presses Ctrl-C again once the build is being cancelled, which takes its time.
type twice struct {
	stopping
	again chan struct{}
}

func (b *twice) Cancel(ctx context.Context, o plan.Outcome) error {
	defer close(b.again)
	return b.stopping.Cancel(ctx, o)
}

func (b *twice) Watch(ctx context.Context, o plan.Outcome, log io.Writer) (plan.Outcome, error) {
	if slices.Contains(b.all(), "cancel mine") {
		b.add("watch %s", o.Build)
		<-ctx.Done()
		return o, errs.New(errs.Interrupted, "", "no more waiting")
	}
	return b.stopping.Watch(ctx, o, log)
}

// TestAsync: a build is left to itself once it is submitted.
func TestAsync(t *testing.T) {
	t.Parallel()
	g := &google{}
	e := g.engine()
	e.Async = true
	r, err := e.Apply(t.Context(), aPlan, anArchive, time.Time{})
	if err != nil || r.Status != "submitted" || r.Build != "mine" || slices.Contains(g.all(), "watch mine") {
		t.Errorf("%+v, %v, calls %q", r, err, g.all())
	}
}

// TestJoin: a build that runs comes to the same for who joins it, who does not
// cancel it by leaving.
func TestJoin(t *testing.T) {
	t.Parallel()
	g := &google{end: []plan.Outcome{ended(serves)}}
	r, err := g.engine().Join(t.Context(), "hello", plan.Outcome{Build: "theirs"})
	if err != nil || r.Status != "released" || r.Revision != "hello-2" || r.Build != "theirs" {
		t.Errorf("%+v, %v", r, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	g = &google{hang: true}
	e := g.engine()
	e.Builds = stopping{builds{g}, "watch theirs", cancel}
	_, err = e.Join(ctx, "hello", plan.Outcome{Build: "theirs"})
	if errs.ExitCode(err) != 130 || !strings.Contains(err.Error(), "goes on") || slices.Contains(g.all(), "cancel theirs") {
		t.Errorf("%v, calls %q", err, g.all())
	}
}

// stopping ends the run's context in the middle of a call.
type stopping struct {
	builds
	call string
	stop func()
}

func (s stopping) Submit(ctx context.Context, p plan.Plan, bucket, object string, started time.Time, tags []string) (plan.Outcome, error) {
	if s.call == "submit" {
		s.stop()
	}
	return s.builds.Submit(ctx, p, bucket, object, started, tags)
}

func (s stopping) Watch(ctx context.Context, o plan.Outcome, log io.Writer) (plan.Outcome, error) {
	if s.call == "watch "+o.Build {
		s.stop()
	}
	return s.builds.Watch(ctx, o, log)
}
