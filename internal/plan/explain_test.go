package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	before := madeOf(t, anApp(t))
	if diff := cmp.Diff(plan.Explanation{}, plan.Explain(anApp(t), before)); diff != "" {
		t.Errorf("the same, -want +got:\n%s", diff)
	}
	app := anApp(t, func(app *plan.App) {
		app.Closure = closureOf(t, map[string]string{"requirements.txt": "# pins\nscipy==1.14.1\nFlask==3.0.3\nsix\n"})
		app.Config.Entrypoint = []string{"python", "-m", "app"}
	})
	got := plan.Explain(app, before)
	var wheels []string
	for _, d := range got.Wheels {
		wheels = append(wheels, d.Place+" | "+d.Text)
	}
	if diff := cmp.Diff([]string{
		" | numpy==1.26.4 is gone",
		"requirements.txt:2 | requirements.txt:2: scipy==1.11.4 → ==1.14.1",
		"requirements.txt:4 | requirements.txt:4: six is new",
	}, wheels); diff != "" {
		t.Errorf("wheels, -want +got:\n%s", diff)
	}
	if len(got.Runtime) != 1 || got.Runtime[0].Name != plan.Wheels || got.Runtime[0].Text != "other wheels" || len(got.TestEnv) != 0 || len(got.App) != 1 || got.App[0].Name != "entrypoint" {
		t.Errorf("the others: %+v", got)
	}
	if got := plan.Explain(app, plan.Made{}); len(got.Wheels)+len(got.Runtime)+len(got.App) > 0 {
		t.Errorf("with nothing to compare: %+v", got)
	}
}
