package plan_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// TestGoals: a smaller goal is a part of the steps of a deploy, with equal keys,
// and never one that names the app's image where others find it.
func TestGoals(t *testing.T) {
	t.Parallel()
	tested := warm()
	tested.Image = digest("3")
	nearly := warm()
	nearly.TestEnv = ""
	cold := plan.Facts{Builder: digest("b")}
	for _, tt := range []struct {
		name  string
		goal  plan.Goal
		facts plan.Facts
		steps []plan.StepID // of the whole deploy's that are left out; nil = there is nothing to do
	}{
		{"test, nothing there", plan.GoalTest, cold, []plan.StepID{plan.StepPush, plan.StepRelease}},
		{"test, warm", plan.GoalTest, warm(), []plan.StepID{plan.StepPush, plan.StepRelease}},
		{"test, tested before", plan.GoalTest, tested, nil},
		{"shared, nothing there", plan.GoalShared, cold, []plan.StepID{plan.StepBuildImage, plan.StepStart, plan.StepTest, plan.StepPush, plan.StepRelease}},
		{"shared, no test packages", plan.GoalShared, nearly, []plan.StepID{plan.StepBuildImage, plan.StepStart, plan.StepTest, plan.StepPush, plan.StepRelease}},
		{"shared, all there", plan.GoalShared, warm(), nil},
		{"shared, a tested image", plan.GoalShared, tested, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			whole := plan.Make(anApp(t, templated), aPlace, tt.facts) // as what stays on the worker is made
			p := plan.Make(anApp(t, templated, func(a *plan.App) { a.Goal = tt.goal }), aPlace, tt.facts)
			if p.Goal != tt.goal || p.NothingToDo != (tt.steps == nil) || p.Releases() {
				t.Errorf("goal %q, nothing to do %v, releases %v", p.Goal, p.NothingToDo, p.Releases())
			}
			if diff := cmp.Diff(whole.Keys, p.Keys); diff != "" {
				t.Error(diff)
			}
			want := []plan.Step{}
			if tt.steps != nil {
				want = slices.DeleteFunc(slices.Clone(whole.Steps), func(s plan.Step) bool { return slices.Contains(tt.steps, s.ID) })
			}
			if diff := cmp.Diff(want, p.Steps); diff != "" {
				t.Error(diff)
			}
		})
	}
}
