package plan_test

import (
	"slices"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

func TestBudgetOver(t *testing.T) {
	t.Parallel()
	b := plan.BudgetOf(config.Budget{Start: 2 * time.Second, Image: 400e6})
	for want, s := range map[string]plan.Started{
		"": {Seconds: 2, Bytes: 400e6},
		"the first answer comes after 2.413s, 413ms later than budget.start allows (2s)":                                                                   {Seconds: 2.413},
		"the image has 417.2 MB, 17.2 MB more than budget.image allows (400.0 MB)":                                                                         {Bytes: 417_200_000},
		"the first answer comes after 3s, 1s later than budget.start allows (2s); the image has 400.1 MB, 0.1 MB more than budget.image allows (400.0 MB)": {Seconds: 3, Bytes: 400_100_000},
	} {
		if got := b.Over(s); got != want {
			t.Errorf("Over(%+v) = %q, want %q", s, got, want)
		}
	}
	if none := plan.BudgetOf(config.Budget{Over: "warn"}); none != nil || none.Over(plan.Started{Seconds: 99}) != "" {
		t.Errorf("no budget is %+v", none)
	}
}

// A budget that fails is part of the app's key alone, and the size of an image is looked at
// where nobody starts it.
func TestBudgetOfAPlan(t *testing.T) {
	t.Parallel()
	had := func(change func(*plan.App)) (plan.Plan, string) {
		a := anApp(t, change)
		return plan.Make(a, aPlace, plan.Facts{Runtime: digest("1")}), plan.KeysOf(a, digest("1")).App.Hash
	}
	p, without := had(func(*plan.App) {})
	if p.Check.Budget != nil {
		t.Errorf("a budget of nobody's: %+v", p.Check.Budget)
	}
	if p, hash := had(func(a *plan.App) { a.Config.Budget = config.Budget{Image: 1e9} }); hash == without || p.Check.Budget.Bytes != 1e9 {
		t.Errorf("a budget is %+v, and the key stays %s", p.Check.Budget, hash)
	}
	if _, hash := had(func(a *plan.App) { a.Config.Budget = config.Budget{Image: 1e9, Over: "warn"} }); hash != without {
		t.Errorf("a budget that warns makes the key %s", hash)
	}
	starts := func(p plan.Plan) bool {
		return slices.ContainsFunc(p.Steps, func(s plan.Step) bool { return s.ID == plan.StepStart })
	}
	off := func(b config.Budget) plan.Plan {
		p, _ := had(func(a *plan.App) { a.Config.Start.On, a.Config.Budget = false, b })
		return p
	}
	if starts(off(config.Budget{})) || !starts(off(config.Budget{Image: 1e9})) {
		t.Error("the size of an image that is not started is not looked at, or one without a budget is")
	}
}
