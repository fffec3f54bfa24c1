package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/gcloudtest"
	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// from is the environment of a run that GitHub starts for a push.
func (w *world) from(commit, branch string) func(string) (string, bool) {
	vars := map[string]string{
		"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push", "GITHUB_SHA": commit, "GITHUB_REF_NAME": branch, "GITHUB_REF_TYPE": "branch",
		"GITHUB_REPOSITORY": "acme/hello", "GITHUB_RUN_ID": "77", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_WORKFLOW": "deploy",
		"GCPDEPLOY_BUILD_ON": "cloud-build",
	}
	return func(name string) (string, bool) {
		if v, ok := vars[name]; ok {
			return v, true
		}
		return w.lookup(name)
	}
}

// TestOrigin: what serves says which commit it is of, by which build, whoever asks;
// the same app of another commit is nothing to do.
func TestOrigin(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	one, two := strings.Repeat("1", 40), strings.Repeat("2", 40)
	up := func(commit, branch string) result {
		t.Helper()
		return w.commandIn(t.Context(), w.from(commit, branch), args(w.app)).wait(t, 0)
	}
	status := func() (o ci.Origin) {
		t.Helper()
		u := w.command(t.Context(), []string{"gcpdeploy", "status", "--json", "--source", w.app})
		<-u.done
		var r struct{ Origin ci.Origin }
		if err := json.Unmarshal([]byte(u.out.String()), &r); err != nil {
			t.Fatalf("%v: %s", err, u.out.String())
		}
		return r.Origin
	}
	branch := `fix/$BUILD_ID "$$x" ${_STARTED}` // is said as it is
	first := up(one, branch)
	want := ci.Origin{
		System: ci.GitHub, Event: ci.Push, Commit: one, Branch: branch, Repository: "acme/hello", Build: "77",
		BuildURL: "https://github.com/acme/hello/actions/runs/77", Trigger: "deploy",
	}
	if got := status(); got != want {
		t.Errorf("status says %+v", got)
	}
	if r := up(two, "main"); r.Status != "nothing_to_do" || r.Revision != first.Revision {
		t.Errorf("another commit: %+v", r)
	}
	if n := len(w.steps(t, plan.StepRelease)); n != 1 {
		t.Errorf("%d releases", n)
	}
	if err := os.WriteFile(filepath.Join(w.app, "wsgi.py"), []byte("two\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	second := up(two, "main")
	if got := status(); got.Commit != two || got.Branch != "main" {
		t.Errorf("status says %+v", got)
	}
	u := w.command(t.Context(), []string{"gcpdeploy", "status", "--source", w.app})
	<-u.done
	if !strings.Contains(u.out.String(), "  from      commit 2222222 of branch main, acme/hello, github 77\n") {
		t.Error(u.out.String())
	}
	g := gcloudtest.New(t, w.server, project, "")
	describe := "describe %s --region=" + region + " --format=json"
	g.All(t,
		gcloudtest.Want{Command: "run services " + strings.Replace(describe, "%s", "hello", 1), Has: []string{`"gcpdeploy-commit": "` + two + `"`, `"gcpdeploy-build": "77"`, `"gcpdeploy.dev/origin": "{`}},
		gcloudtest.Want{Command: "run revisions " + strings.Replace(describe, "%s", first.Revision, 1), Has: []string{one}},
		gcloudtest.Want{Command: "run revisions " + strings.Replace(describe, "%s", second.Revision, 1), Has: []string{two}},
		gcloudtest.Want{Command: "run services list --region=" + region + " --filter=metadata.labels.gcpdeploy-commit=" + two, Has: []string{"hello"}},
	)

	// A laptop's commit is that of its checkout.
	if err := os.MkdirAll(filepath.Join(w.dir, "apps", ".git"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "apps", ".git", "HEAD"), []byte(one+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.app, "wsgi.py"), []byte("three\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := w.plan(t, w.app)
	w.run(t.Context(), w.app).wait(t, 0)
	if got, want := status(), (ci.Origin{System: ci.Checkout, Event: ci.Manual, Commit: one}); got != want || p.Origin == nil || *p.Origin != want {
		t.Errorf("status says %+v, plan %+v", got, p.Origin)
	}
	w.settled(t, "three", "one", "two")
}
