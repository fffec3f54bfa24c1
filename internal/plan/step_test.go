package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// those gives the steps of which something is so.
func those(so func(plan.About) bool) (ids []plan.StepID) {
	for _, a := range plan.Steps() {
		if so(a) {
			ids = append(ids, a.ID)
		}
	}
	return ids
}

// TestStepTable says what is so of each step a second time: others decide by it
// who runs a step, how its log is read, and whom its failure concerns.
func TestStepTable(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		so   func(plan.About) bool
		want []plan.StepID
	}{
		"ours": {func(a plan.About) bool { return a.Ours }, []plan.StepID{
			"resolved", "earlier", "logins", "publish-wheels", "made-wheels", "base", "layers", "push-system", "runtime", "test-logins", "publish", "image", "start", "test", "release", "promote",
		}},
		"Docker's": {func(a plan.About) bool { return !a.Ours }, []plan.StepID{
			"resolve", "wheels", "push-wheels", "system", "install", "imports", "build-runtime", "push-runtime", "testenv", "push-testenv", "build-image", "push",
		}},
		"ask package indexes":     {func(a plan.About) bool { return a.AsksIndex }, []plan.StepID{"resolve", "wheels", "testenv"}},
		"build wheel.Dockerfile":  {func(a plan.About) bool { return a.Stage != "" }, []plan.StepID{"resolve", "wheels", "system", "install", "imports", "build-runtime", "testenv"}},
		"make shared images":      {func(a plan.About) bool { return a.Image != "" }, []plan.StepID{"wheels", "build-runtime", "testenv"}},
		"others wait for them":    {func(a plan.About) bool { return a.Shared }, []plan.StepID{"wheels", "publish-wheels", "system", "install", "imports", "build-runtime"}},
		"know their run":          {func(a plan.About) bool { return a.KnowsRun }, []plan.StepID{"start", "release"}},
		"have no words":           {func(a plan.About) bool { return a.Words == "" }, nil},
		"leave it to their words": {func(a plan.About) bool { return a.Hint == "" }, []plan.StepID{"resolved", "earlier", "logins", "publish-wheels", "made-wheels", "base", "layers", "push-system", "runtime", "test-logins", "publish", "image", "promote"}},
	} {
		if diff := cmp.Diff(tt.want, those(tt.so)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestStepsOfPlans: a plan's steps are in the table, and run in the image and by
// the command that the table says.
func TestStepsOfPlans(t *testing.T) {
	t.Parallel()
	wheels := plan.Facts{Builder: digest("b"), Wheels: digest("4")}
	again := plan.Facts{Builder: digest("b"), Earlier: digest("4")}
	seen := map[plan.StepID]bool{}
	for _, p := range []plan.Plan{
		plan.Make(anApp(t), aPlace, again), plan.Make(anApp(t, own), aPlace, again), plan.Make(anApp(t, stranger), aPlace, again), plan.Make(anApp(t, templated), aPlace, again), plan.Make(anApp(t), aPlace, warm()), plan.Make(anApp(t, templated), aPlace, warm()),
		plan.MakeResolve(anApp(t), aPlace, wheels), plan.MakeCandidate(anApp(t), aPlace, wheels), plan.MakePromote(anApp(t), aPlace, wheels),
	} {
		for _, s := range p.Steps {
			seen[s.ID] = true
			ours := s.Name == p.Builder && s.Args[0] == "step" && s.Args[1] == string(s.ID)
			if ours != s.ID.About().Ours {
				t.Errorf("step %s runs %q in %s", s.ID, s.Args, s.Name)
			}
			for _, before := range s.WaitFor {
				if before != plan.AtOnce && !seen[before] {
					t.Errorf("step %s waits for %s, which does not come before it", s.ID, before)
				}
			}
		}
	}
	if all := those(func(a plan.About) bool { return !seen[a.ID] }); len(all) > 0 {
		t.Errorf("no plan has %q", all)
	}
}

// TestCredentialsStayInSteps: what runs somebody's code, in a docker build or in a container
// of a test, is not in the network where the build's token can be had, and is given
// nothing of the worker's.
func TestCredentialsStayInSteps(t *testing.T) {
	t.Parallel()
	again := plan.Facts{Builder: digest("b"), Earlier: digest("4")}
	builds := 0
	for _, p := range []plan.Plan{
		plan.Make(anApp(t), aPlace, again), plan.Make(anApp(t, own), aPlace, again), plan.Make(anApp(t, stranger), aPlace, again), plan.MakeCandidate(anApp(t), aPlace, plan.Facts{Builder: digest("b"), Wheels: digest("4")}),
	} {
		for _, s := range p.Steps {
			if s.ID.About().Ours || s.Args[0] != "build" {
				continue
			}
			builds++
			if !slices.Contains(s.Env, "DOCKER_BUILDKIT=1") { // the other builder knows networks
				t.Errorf("%s is built with %q", s.ID, s.Env)
			}
			for i, arg := range s.Args {
				if arg == "--add-host" && s.Args[i+1] == "gcpdeploy-$BUILD_ID:127.0.0.1" { // of which nothing is asked
					continue
				}
				for _, bad := range []string{"--network", "--add-host", "--allow", "--security-opt", "--ssh"} {
					if strings.HasPrefix(arg, bad) {
						t.Errorf("%s is built with %s", s.ID, arg)
					}
				}
			}
		}
	}
	if builds < 10 {
		t.Errorf("%d steps build", builds)
	}
}

// TestForeignStep: the build of another version may have steps that this one has
// not.
func TestForeignStep(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(plan.About{ID: "scan"}, plan.StepID("scan").About()); diff != "" {
		t.Error(diff)
	}
}
