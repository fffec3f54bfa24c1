package engine

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// missing misses wheels and runtime.
func missing() plan.Plan {
	return plan.Plan{
		Service: "hello", Wheelhouse: &plan.Wheelhouse{},
		Steps: []plan.Step{{ID: plan.StepWheels}, {ID: plan.StepPublishWheels}, {ID: plan.StepRuntime}},
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
		{name: "the wheels cannot be installed", plan: missing(), running: []plan.Outcome{none, theirs}, end: []plan.Outcome{failed(plan.StepRuntime)}, err: "step runtime failed", watched: true},
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

// TestAwaitTag: what is waited for is there before the other build has ended.
func TestAwaitTag(t *testing.T) {
	t.Parallel()
	p := missing()
	g := &google{running: []plan.Outcome{{}, {Build: "theirs"}}, hang: true, tags: map[string]string{"runtime:" + p.Keys.Runtime.Key: "sha256:r"}}
	again, err := g.engine().Await(t.Context(), p)
	if !again || err != nil {
		t.Errorf("%v, %v", again, err)
	}
}

// TestApplyGivesWay: of two that began to make the same wheels in one moment, one goes on.
func TestApplyGivesWay(t *testing.T) {
	t.Parallel()
	g := &google{running: []plan.Outcome{{}, {}, {Build: "theirs"}}}
	_, err := g.engine().Apply(t.Context(), missing(), anArchive, time.Unix(1, 0))
	if !errors.Is(err, ErrAgain) || !slices.Contains(g.all(), "cancel mine") {
		t.Errorf("%v (%v), calls %v", err, errs.KindOf(err), g.all())
	}
}
