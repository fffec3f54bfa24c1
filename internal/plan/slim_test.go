package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// TestSlim: the order in which things are named means nothing.
func TestSlim(t *testing.T) {
	t.Parallel()
	s := plan.SlimOf(config.Slim{Remove: []string{"tests", "docs", "tests"}, Keep: []string{"scipy", "numpy"}})
	if diff := cmp.Diff([]string{"--slim", "docs,tests", "--whole", "numpy,scipy"}, s.Arguments()); diff != "" {
		t.Error(diff)
	}
	if got := s.Of("SciPy"); got != nil {
		t.Errorf("scipy stays whole, and is without %q", got)
	}
	if got := s.Of("flask"); len(got) != 2 {
		t.Errorf("flask is without %q", got)
	}
	if got := plan.SlimOf(config.Slim{}).Arguments(); got != nil {
		t.Errorf("nothing is asked for, and %q is removed", got)
	}
	keys := func(remove ...string) string {
		app := anApp(t, func(app *plan.App) { app.Config.Slim.Remove = remove })
		return plan.KeysOf(app, "").Runtime.Hash
	}
	if keys("docs", "tests") != keys("tests", "docs") || keys("docs") == keys("tests") {
		t.Error("the runtime's key is of other things than what is removed")
	}
}
