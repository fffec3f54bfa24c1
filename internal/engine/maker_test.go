package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/lease"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// leases are runs that are no builds.
type leases struct {
	*google
	runs     []lease.Run
	released bool
	hang     bool // Wait goes on until ctx ends
}

func (l leases) Runs(context.Context) ([]lease.Run, error) { return l.runs, l.call("leases") }

func (l leases) Wait(ctx context.Context, r lease.Run) (bool, error) {
	err := l.call("outlast " + r.ID)
	if l.hang {
		<-ctx.Done()
		return false, context.Cause(ctx)
	}
	return l.released, err
}

// leased is a run with a lease for what the missing plan makes.
func leased(at time.Time, tags ...string) []lease.Run {
	return []lease.Run{{Lease: lease.Lease{ID: "theirs", Tags: tags, URL: "https://ci/7"}, Created: at}}
}

// TestAwaitLease: a run that is no build is waited for as a build is, to its end, or
// to its death.
func TestAwaitLease(t *testing.T) {
	t.Parallel()
	for _, released := range []bool{true, false} {
		for _, tag := range []string{madeTag(missing()), wheelsTag(missing())} {
			g := &google{}
			e := g.engine()
			e.Leases = leases{google: g, runs: leased(time.Unix(1, 0), "service-hello", tag), released: released}
			again, err := e.Await(t.Context(), missing())
			if !again || err != nil || !slices.Contains(g.all(), "outlast theirs") {
				t.Errorf("%v, %v, %v", again, err, g.all())
			}
			said := strings.Join(e.Report.(*recorder).all(), "\n")
			if !strings.Contains(said, "waiting for it (https://ci/7)") || strings.Contains(said, "no sign of life") == released {
				t.Error(said)
			}
		}
	}
}

// TestAwaitLeaseTag: what is waited for is there before the other run has ended.
func TestAwaitLeaseTag(t *testing.T) {
	t.Parallel()
	p := missing()
	g := &google{tags: map[string]string{"runtime:" + p.Keys.Runtime.Key: "sha256:r"}}
	e := g.engine()
	e.Registry, e.Clock = &later{g, 3}, poll.NewJumping(time.Unix(0, 0))
	e.Leases = leases{google: g, runs: leased(time.Unix(1, 0), madeTag(p)), hang: true}
	if again, err := e.Await(t.Context(), p); !again || err != nil {
		t.Errorf("%v, %v", again, err)
	}
}

// TestAwaitLeaseFails: who may not see leases does not build beside them, and who is
// stopped leaves the other run alone. Who misses nothing does not look.
func TestAwaitLeaseFails(t *testing.T) {
	t.Parallel()
	g := &google{fail: map[string]error{"leases": errors.New("denied")}}
	e := g.engine()
	e.Leases = leases{google: g}
	if again, err := e.Await(t.Context(), missing()); again || err == nil || err.Error() != "denied" {
		t.Errorf("%v, %v", again, err)
	}
	hit := missing()
	hit.Keys.Runtime.Status = plan.Hit
	if again, err := e.Await(t.Context(), hit); again || err != nil {
		t.Errorf("%v, %v", again, err)
	}
	g = &google{}
	e = g.engine()
	e.Registry = &later{g, 1 << 30}
	e.Leases = leases{google: g, runs: leased(time.Unix(1, 0), madeTag(missing())), hang: true}
	ctx, stop := context.WithCancelCause(t.Context())
	stop(errors.New("Ctrl-C"))
	again, err := e.Await(ctx, missing())
	if again || errs.KindOf(err) != errs.Interrupted || !strings.Contains(err.Error(), "theirs of another run goes on") {
		t.Errorf("%v, %v", again, err)
	}
}

// TestApplyYieldsToLease: of a build and a lease that began in one moment the older
// one goes on, whoever looks, and of two of one age one of them.
func TestApplyYieldsToLease(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		theirs time.Time
		id     string
		yields bool
	}{
		{"an older lease", time.Unix(9, 0), "theirs", true},
		{"a younger one", time.Unix(11, 0), "theirs", false},
		{"of one age, by its id", time.Unix(10, 0), "a", true},
		{"of one age, by mine", time.Unix(10, 0), "z", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			mine := plan.Outcome{Build: "mine", Created: time.Unix(10, 0)}
			// Running is asked for the plan before and after it was created, and then for
			// the wheels.
			g := &google{running: []plan.Outcome{{}, mine, mine}, end: []plan.Outcome{{Status: plan.Failure}}}
			e := g.engine()
			runs := leased(tt.theirs, wheelsTag(missing()))
			runs[0].ID = tt.id
			e.Leases = leases{google: g, runs: runs}
			e.Builds = created{builds{g}, mine}
			_, err := e.Apply(t.Context(), missing(), anArchive, time.Unix(1, 0))
			if errors.Is(err, ErrAgain) != tt.yields || slices.Contains(g.all(), "cancel mine") != tt.yields {
				t.Errorf("%v, calls %v", err, g.all())
			}
			if l := (maker{Outcome: plan.Outcome{Build: tt.id, Created: tt.theirs}}); l.before(mine) == (maker{Outcome: mine}).before(l.Outcome) {
				t.Error("both give way, or none")
			}
		})
	}
}

// created are builds of which one was created at a time that is known.
type created struct {
	builds
	mine plan.Outcome
}

func (c created) Submit(ctx context.Context, p plan.Plan, bucket, object string, started time.Time, tags []string) (plan.Outcome, error) {
	_, err := c.builds.Submit(ctx, p, bucket, object, started, tags)
	return c.mine, err
}
