package engine

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// TestPlanNamesWhatIsRefused: what the target refuses before a build is a note of the
// plan.
func TestPlanNamesWhatIsRefused(t *testing.T) {
	t.Parallel()
	app := anApp(t)
	g := &google{fail: map[string]error{"check": errors.New("run.secrets: A: there is no secret nope in project p")}}
	p, err := g.engine().Plan(t.Context(), app)
	if err != nil || !slices.ContainsFunc(p.Notes, func(n string) bool {
		return strings.Contains(n, "`gcpdeploy up` will refuse this: run.secrets: A: there is no secret nope")
	}) {
		t.Errorf("notes %q, %v", p.Notes, err)
	}
}
