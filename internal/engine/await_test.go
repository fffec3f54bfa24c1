package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// missing misses wheels and runtime.
func missing() plan.Plan {
	return plan.Plan{
		Service: "hello", Wheelhouse: &plan.Wheelhouse{},
		Steps: []plan.Step{{ID: plan.StepWheels}, {ID: plan.StepPublishWheels}, {ID: plan.StepInstall}},
		Keys: plan.Statuses{
			Wheels:  plan.Status{Key: strings.Repeat("b", 64), Status: plan.Miss},
			Runtime: plan.Status{Key: strings.Repeat("a", 64), Status: plan.Miss},
		},
	}
}

func TestAwait(t *testing.T) {
	t.Parallel()
	theirs, none := plan.Outcome{Build: "theirs"}, plan.Outcome{}
	failed := func(step plan.StepID) plan.Outcome {
		return plan.Outcome{Status: plan.Failure, Steps: []plan.StepOutcome{{ID: step, Status: plan.Failure, Exit: 1}}}
	}
	hit := missing()
	hit.Keys.Runtime.Status = plan.Hit
	for _, tt := range []struct {
		name    string
		plan    plan.Plan
		running []plan.Outcome // by plan, by runtime, by wheels
		end     []plan.Outcome
		again   bool
		err     string
		watched bool
	}{
		{name: "nothing is missing", plan: hit, running: []plan.Outcome{none, theirs}},
		{name: "nobody makes it", plan: missing(), running: []plan.Outcome{none, none, none}},
		{name: "the same plan is followed, not waited for", plan: missing(), running: []plan.Outcome{theirs, theirs}},
		{name: "another makes the runtime", plan: missing(), running: []plan.Outcome{none, theirs}, end: []plan.Outcome{{Status: plan.Success}}, again: true, watched: true},
		{name: "another makes the wheels", plan: missing(), running: []plan.Outcome{none, none, theirs}, end: []plan.Outcome{{Status: plan.Success}}, again: true, watched: true},
		{name: "theirs is cancelled", plan: missing(), running: []plan.Outcome{none, theirs}, end: []plan.Outcome{{Status: plan.Cancelled}}, again: true, watched: true},
		{name: "their tests fail", plan: missing(), running: []plan.Outcome{none, theirs}, end: []plan.Outcome{failed(plan.StepTest)}, again: true, watched: true},
		{name: "their push fails", plan: missing(), running: []plan.Outcome{none, theirs}, end: []plan.Outcome{failed(plan.StepPushRuntime)}, again: true, watched: true},
		{name: "the wheels cannot be published", plan: missing(), running: []plan.Outcome{none, theirs}, end: []plan.Outcome{failed(plan.StepPublishWheels)}, err: "step publish-wheels failed", watched: true},
		{name: "the wheels cannot be installed", plan: missing(), running: []plan.Outcome{none, theirs}, end: []plan.Outcome{failed(plan.StepInstall)}, err: "step install failed", watched: true},
		{name: "the wheels cannot be built", plan: missing(), running: []plan.Outcome{none, theirs}, end: []plan.Outcome{failed(plan.StepWheels)}, err: "step wheels failed", watched: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := &google{running: tt.running, end: tt.end}
			again, err := g.engine().Await(t.Context(), tt.plan)
			if again != tt.again || tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("%v, %v", again, err)
			}
			if got := slices.Contains(g.all(), "watch theirs"); got != tt.watched {
				t.Errorf("watched: %v; calls %v", got, g.all())
			}
		})
	}
}

// later is a registry in which nothing is there at first.
type later struct {
	*google
	misses int
}

func (r *later) Digest(ctx context.Context, image, tag string) (string, bool, error) {
	if r.misses--; r.misses >= 0 {
		return "", false, nil
	}
	return r.google.Digest(ctx, image, tag)
}

// TestAwaitTag: what is waited for is there before the other build has ended.
func TestAwaitTag(t *testing.T) {
	t.Parallel()
	p := missing()
	g := &google{running: []plan.Outcome{{}, {Build: "theirs"}}, hang: true, tags: map[string]string{"runtime:" + p.Keys.Runtime.Key: "sha256:r"}}
	clock := poll.NewJumping(time.Unix(0, 0))
	e := g.engine()
	e.Registry, e.Clock = &later{g, 3}, clock
	again, err := e.Await(t.Context(), p)
	if !again || err != nil {
		t.Errorf("%v, %v", again, err)
	}
	if diff := cmp.Diff([]time.Duration{200 * time.Millisecond, 300 * time.Millisecond, 450 * time.Millisecond}, clock.Waits()); diff != "" {
		t.Error(diff)
	}
}

// TestAwaitRenewal: the tag that is there says nothing of wheels that are made anew.
func TestAwaitRenewal(t *testing.T) {
	t.Parallel()
	p := missing()
	p.Wheelhouse.Renew = true
	g := &google{
		running: []plan.Outcome{{}, {Build: "theirs"}}, end: []plan.Outcome{{Status: plan.Success}},
		tags: map[string]string{"runtime:" + p.Keys.Runtime.Key: "sha256:r"},
	}
	again, err := g.engine().Await(t.Context(), p)
	if !again || err != nil || slices.Contains(g.all(), "digest runtime") {
		t.Errorf("%v, %v, calls %v", again, err, g.all())
	}
}

// TestAwaitFails: who cannot ask for the tag does not wait, and who is stopped
// leaves the other build alone.
func TestAwaitFails(t *testing.T) {
	t.Parallel()
	denied := errs.New(errs.Auth, "", "denied")
	g := &google{running: []plan.Outcome{{}, {Build: "theirs"}}, hang: true, fail: map[string]error{"digest runtime": denied}}
	if again, err := g.engine().Await(t.Context(), missing()); again || !errors.Is(err, denied) {
		t.Errorf("denied: %v, %v", again, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	g = &google{running: []plan.Outcome{{}, {Build: "theirs"}}, hang: true}
	e := g.engine()
	e.Builds = stopping{builds{g}, "watch theirs", stop}
	again, err := e.Await(ctx, missing())
	if again || errs.KindOf(err) != errs.Interrupted || slices.Contains(g.all(), "cancel theirs") {
		t.Errorf("stopped: %v, %v, calls %v", again, err, g.all())
	}
}

// TestApplyYields: of two that began to make the same wheels in one moment, one goes on.
func TestApplyYields(t *testing.T) {
	t.Parallel()
	g := &google{running: []plan.Outcome{{}, {}, {Build: "theirs"}}}
	_, err := g.engine().Apply(t.Context(), missing(), anArchive, time.Unix(1, 0))
	if !errors.Is(err, ErrAgain) || !slices.Contains(g.all(), "cancel mine") {
		t.Errorf("%v (%v), calls %v", err, errs.KindOf(err), g.all())
	}
}
