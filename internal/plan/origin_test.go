package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// TestOrigin: people see which commit a plan is of; what is sent is the same for all.
func TestOrigin(t *testing.T) {
	t.Parallel()
	make := func(commit string) (plan.Plan, map[string][]byte) {
		app := anApp(t, func(a *plan.App) { a.Origin = &ci.Origin{System: ci.GitHub, Commit: strings.Repeat(commit, 40)} })
		p := plan.Make(app, aPlace, warm())
		return p, plan.Files(app, p)
	}
	one, sent := make("1")
	_, other := make("2")
	if diff := cmp.Diff(sent, other); diff != "" {
		t.Errorf("another commit is another archive:\n%s", diff)
	}
	if !strings.Contains(string(one.JSON()), strings.Repeat("1", 40)) {
		t.Error("the plan does not say which commit it is of")
	}
	for _, s := range one.Steps {
		if told := slices.Contains(s.Env, "GCPDEPLOY_ORIGIN=$_ORIGIN"); told != (s.ID == plan.StepRelease || s.ID == plan.StepStart) {
			t.Errorf("step %s is told: %v", s.ID, told)
		}
	}
}
