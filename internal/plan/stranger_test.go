package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/golden"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

func stranger(app *plan.App) {
	app.Stranger = "it is of a pull request from another repository, mallory/shop"
}

// TestStranger: whatever is there already, and whatever is asked for, the build of
// code that is not trusted pushes nothing, tags nothing, and leaves nothing in
// Docker's caches that the build of another run reads.
func TestStranger(t *testing.T) {
	t.Parallel()
	released := warm()
	released.Image = digest("3")
	for _, tt := range []struct {
		name  string
		facts plan.Facts
		want  []plan.StepID
	}{
		{"cold", plan.Facts{Builder: digest("b")}, []plan.StepID{"wheels", "made-wheels", "build-runtime", "testenv", "build-image", "start", "test"}},
		{"near wheels", plan.Facts{Builder: digest("b"), Earlier: digest("4")}, []plan.StepID{"earlier", "wheels", "made-wheels", "build-runtime", "testenv", "build-image", "start", "test"}},
		{"old ones", plan.Facts{Builder: digest("b"), Aged: true}, []plan.StepID{"wheels", "made-wheels", "build-runtime", "testenv", "build-image", "start", "test"}},
		{"wheels", plan.Facts{Builder: digest("b"), Wheels: digest("4")}, []plan.StepID{"build-runtime", "testenv", "build-image", "start", "test"}},
		{"runtime", plan.Facts{Builder: digest("b"), Runtime: digest("1")}, []plan.StepID{"testenv", "build-image", "start", "test"}},
		{"warm", warm(), []plan.StepID{"build-image", "start", "test"}},
		{"tested", released, nil},
	} {
		for _, goal := range []plan.Goal{plan.GoalRelease, plan.GoalTest, plan.GoalShared} {
			p := plan.Make(anApp(t, own, stranger, func(app *plan.App) { app.Goal = goal }), aPlace, tt.facts)
			var ids []plan.StepID
			for _, s := range p.Steps {
				ids = append(ids, s.ID)
				if s.Args[0] == "build" && (!slices.Contains(s.Args, "gcpdeploy-$BUILD_ID:127.0.0.1") || !slices.Contains(s.Args, "BUILDKIT_CACHE_MOUNT_NS=$BUILD_ID")) {
					t.Errorf("%s: %s shares Docker's caches: %q", tt.name, s.ID, s.Args)
				}
			}
			if d := cmp.Diff(tt.want, ids); d != "" {
				t.Errorf("%s, %q (-want +got):\n%s", tt.name, goal, d)
			}
			if said := strings.Contains(strings.Join(p.Notes, "\n"), "nothing that this run makes is kept: it is of a pull request from another"); !p.Untrusted || said == p.NothingToDo {
				t.Errorf("%s: notes %q", tt.name, p.Notes)
			}
		}
	}
	golden.Equal(t, plan.Make(anApp(t, stranger), aPlace, plan.Facts{Builder: digest("b"), Earlier: digest("4")}).JSON(), "testdata/stranger.json")
}

// TestStrangersKeys: the keys are those of anybody, so that what is there is used.
func TestStrangersKeys(t *testing.T) {
	t.Parallel()
	if d := cmp.Diff(plan.KeysOf(anApp(t), digest("1")), plan.KeysOf(anApp(t, stranger), digest("1"))); d != "" {
		t.Error(d)
	}
}
