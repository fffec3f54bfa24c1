package e2e

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// pullRequest is the environment of a run that GitLab starts for a merge request from
// a repository; "" = it does not say from which. here has its steps run on the runner's
// Docker.
func (w *world) pullRequest(from string, here bool) func(string) (string, bool) {
	vars := map[string]string{
		"CI": "true", "GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "merge_request_event", "CI_COMMIT_SHA": strings.Repeat("3", 40), "CI_JOB_ID": "78",
		"CI_PROJECT_PATH": "acme/hello", "CI_MERGE_REQUEST_PROJECT_PATH": "acme/hello", "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": from, "CI_MERGE_REQUEST_IID": "12",
		"GCPDEPLOY_BUILD_ON": "cloud-build",
	}
	if here {
		vars["GCPDEPLOY_BUILD_ON"], vars[machineDir] = "docker", w.dir
	}
	return func(name string) (string, bool) {
		if v, ok := vars[name]; ok {
			return v, true
		}
		return w.lookup(name)
	}
}

// allTags are those of the repository's images, with their digests, but for leases.
func (w *world) allTags(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, image := range []string{plan.Wheels, plan.Runtime, plan.TestEnv, plan.Builder, "hello"} {
		tags, err := w.registry().Tags(t.Context(), image)
		if err != nil {
			t.Fatal(err)
		}
		for tag, digest := range tags {
			all[image+":"+tag] = digest
		}
	}
	return all
}

// ran is how often each step ran since then.
func (w *world) ran(t *testing.T, before map[plan.StepID]int) map[plan.StepID]int {
	t.Helper()
	n := map[plan.StepID]int{}
	for _, a := range plan.Steps() {
		if d := len(w.steps(t, a.ID)) - before[a.ID]; d > 0 {
			n[a.ID] = d
		}
	}
	return n
}

// TestStranger: a fork's pull request that changes the requirements is built and
// tested, and leaves no tag of any image; what is merged then is built by the run
// that is trusted, from nothing of the stranger's.
func TestStranger(t *testing.T) {
	t.Parallel()
	for name, here := range map[string]bool{"in builds of its own": false, "on the runner's Docker": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, false)
			w.run(t.Context(), w.app).wait(t, 0)
			if err := os.WriteFile(filepath.Join(w.app, "requirements.txt"), []byte("flask==3.0.0\nnumpy==2.1.0\nevil==1.0\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			before, ran := w.allTags(t), w.ran(t, nil)
			fork := w.pullRequest("mallory/hello", here)
			u := w.commandIn(t.Context(), fork, args(w.app, "--no-release"))
			if r := u.wait(t, 0); r.Status != "tested" {
				t.Errorf("%+v", r)
			}
			if said := u.out.String(); !strings.Contains(said, "nothing that this run makes is kept: it is of a pull request from another repository, mallory/hello") {
				t.Errorf("nobody is told: %s", said)
			}
			if d := cmp.Diff(before, w.allTags(t)); d != "" {
				t.Errorf("tags (-before +after):\n%s", d)
			}
			want := map[plan.StepID]int{
				plan.StepEarlier: 1, plan.StepWheels: 1, plan.StepMadeWheels: 1, plan.StepBuildRuntime: 1, plan.StepTestEnv: 1, plan.StepBuildImage: 1, plan.StepStart: 1, plan.StepTest: 1,
			}
			if d := cmp.Diff(want, w.ran(t, ran)); d != "" {
				t.Errorf("its steps (-want +got):\n%s", d)
			}

			// Again: what it made itself is nothing to it, either.
			w.commandIn(t.Context(), fork, args(w.app, "--no-release")).wait(t, 0)
			if n := w.ran(t, ran)[plan.StepWheels]; n != 2 {
				t.Errorf("the wheels were made %d times for two runs", n)
			}

			// The same from the repository itself, as by who updates dependencies.
			ran = w.ran(t, nil)
			u = w.commandIn(t.Context(), w.pullRequest("acme/hello", here), args(w.app, "--no-release"))
			if r := u.wait(t, 0); r.Status != "tested" || strings.Contains(u.out.String(), "is kept") {
				t.Errorf("%+v: %s", r, u.out.String())
			}
			got := w.ran(t, ran)
			for _, id := range []plan.StepID{plan.StepWheels, plan.StepPublishWheels, plan.StepRuntime, plan.StepTestEnv, plan.StepPublish} {
				if got[id] != 1 {
					t.Errorf("of the repository's own pull request step %s ran %d times", id, got[id])
				}
			}
			ran = w.ran(t, nil)
			w.run(t.Context(), w.app).wait(t, 0)
			if got := w.ran(t, ran); got[plan.StepWheels]+got[plan.StepRuntime]+got[plan.StepBuildRuntime] > 0 {
				t.Errorf("the merge finds nothing: %v", got)
			}
			// And what all share is there for the stranger, too.
			ran = w.ran(t, nil)
			if err := os.WriteFile(filepath.Join(w.app, "wsgi.py"), []byte("two\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			w.commandIn(t.Context(), fork, args(w.app, "--no-release")).wait(t, 0)
			if d := cmp.Diff(map[plan.StepID]int{plan.StepBuildImage: 1, plan.StepStart: 1, plan.StepTest: 1}, w.ran(t, ran)); d != "" {
				t.Errorf("with all there (-want +got):\n%s", d)
			}
		})
	}
}

// TestStrangerIsNotAwaited: a run that is trusted waits for no stranger's build of the
// same wheels, follows none of the same plan, and takes nothing from either.
func TestStrangerIsNotAwaited(t *testing.T) {
	t.Parallel()
	for name, here := range map[string]bool{"a build": false, "with a lease": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, false)
			w.hold(t, "before", plan.StepMadeWheels)
			theirs := w.commandIn(t.Context(), w.pullRequest("mallory/hello", here), args(w.app, "--no-release"))
			w.reached(t, "before", plan.StepMadeWheels, theirs)
			u := w.commandIn(t.Context(), w.pullRequest("acme/hello", false), args(w.app, "--no-release"))
			u.wait(t, 0)
			if said := u.out.String(); strings.Contains(said, "another run") || strings.Contains(said, "following it") {
				t.Error(said)
			}
			mine := w.allTags(t)
			w.open(t, "before", plan.StepMadeWheels)
			theirs.wait(t, 0)
			if d := cmp.Diff(mine, w.allTags(t)); d != "" {
				t.Errorf("tags (-before +after):\n%s", d)
			}
			if n := len(w.steps(t, plan.StepWheels)); n != 2 {
				t.Errorf("the wheels were made %d times", n)
			}
		})
	}
}

// TestStrangerIsRefused: nothing is released of a stranger's code, and nothing made
// for others to use, unless who starts the run says so; the file cannot.
func TestStrangerIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	before := w.allTags(t)
	fork := w.pullRequest("mallory/hello", false)
	for _, command := range [][]string{{"up", "--json"}, {"wheels", "prebuild", "--json"}, {"wheels", "refresh", "--json"}} {
		u := w.commandIn(t.Context(), fork, append(append([]string{"gcpdeploy"}, command...), "--source", w.app))
		r := u.wait(t, 2)
		if r.Error.Kind != "usage" || !strings.Contains(r.Error.Message, "it is of a pull request from another repository, mallory/hello") || !strings.Contains(r.Error.Hint, "gcpdeploy up --no-release") {
			t.Errorf("%q: %+v", command, r)
		}
	}
	u := w.commandIn(t.Context(), fork, []string{"gcpdeploy", "plan", "--json", "--source", w.app})
	<-u.done
	var p plan.Plan
	if err := json.Unmarshal([]byte(u.out.String()), &p); err != nil || u.exit != 0 || p.Goal != plan.GoalTest || p.Releases() || !strings.Contains(strings.Join(p.Notes, " "), "`gcpdeploy up` will refuse this") {
		t.Errorf("%d %v %s", u.exit, err, u.out.String())
	}
	if d := cmp.Diff(before, w.allTags(t)); d != "" || len(w.steps(t, plan.StepWheels)) > 0 {
		t.Errorf("it changed something: %s", d)
	}

	// A system that does not say whose it is.
	u = w.commandIn(t.Context(), w.pullRequest("", false), args(w.app))
	if r := u.wait(t, 2); !strings.Contains(r.Error.Message, "it is of a pull request, and nothing says from which repository") {
		t.Errorf("%+v", r)
	}
	own := filepath.Join(w.app, "gcpdeploy.yaml")
	text, err := os.ReadFile(own)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(own, append(text, "build: {trust_pull_requests: all}\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := w.commandIn(t.Context(), fork, args(w.app)).wait(t, 2); !strings.Contains(r.Error.Message, "cannot stand in a file") {
		t.Errorf("%+v", r)
	}
	if err := os.WriteFile(own, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if r := w.commandIn(t.Context(), fork, args(w.app, "--trust-pull-requests", ci.TrustAll)).wait(t, 0); r.Status != "released" {
		t.Errorf("%+v", r)
	}
	if maps.Equal(before, w.allTags(t)) {
		t.Error("the trusted run left nothing")
	}
	w.settled(t, "one")
}

// TestStrangersFailure: of wheels that fail nothing is kept, and the failed package's
// log is shown.
func TestStrangersFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	if err := os.WriteFile(filepath.Join(w.dir, "failed-package"), []byte("scipy"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := w.allTags(t)
	u := w.commandIn(t.Context(), w.pullRequest("mallory/hello", false), args(w.app, "--no-release"))
	r := u.wait(t, 1)
	if r.Error.Kind != "build" || !strings.Contains(r.Error.Message, "building scipy 1.11.4 failed") || strings.Contains(r.Error.Message, "next try") || !strings.Contains(u.out.String(), "cblas.h") {
		t.Errorf("%+v\n%s", r, u.out.String())
	}
	if d := cmp.Diff(before, w.allTags(t)); d != "" {
		t.Errorf("tags (-before +after):\n%s", d)
	}
}
