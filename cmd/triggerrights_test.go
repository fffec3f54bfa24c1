package cmd_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/gcloudtest"
	"github.com/gcpdeploy/gcpdeploy/gcp/project"
	"github.com/gcpdeploy/gcpdeploy/gcp/rights"
)

// TestRightsOfTriggers: who has what the table says makes, changes and runs triggers;
// without one of the roles something says which it is, on what, and whose.
func TestRightsOfTriggers(t *testing.T) {
	t.Parallel()
	c := shop(t, emulator.Options{Rights: true})
	const member = "user:ada@example.com"
	c.want(t, 0, "", "setup --yes --pull-requests --deployer "+member)
	c.git(t, "remote", "add", "origin", "https://github.com/ada/shop")
	c.commit(t, "one")
	c.hear(t, cloudbuild.Hook{})
	c.connect(t)
	access := gcp.New(gcp.FromEnvironment(c.deps.Lookup))
	t.Cleanup(func() { _ = access.Close() })
	p := project.New(access, "my-project")
	resources := map[rights.Resource]struct {
		on   project.Resource
		name string
	}{
		rights.Project:       {p.Itself(), "the project my-project"},
		rights.Repository:    {p.Repository("europe-west1", "gcpdeploy"), "the repository gcpdeploy"},
		rights.BuildsAccount: {p.ServiceAccount("gcpdeploy-builds@my-project.iam.gserviceaccount.com"), "gcpdeploy-builds@"},
		rights.PullsAccount:  {p.ServiceAccount("gcpdeploy-pull-requests@my-project.iam.gserviceaccount.com"), "gcpdeploy-pull-requests@"},
	}
	change := func(g rights.Grant, how func(*project.Policy, project.Grant) bool) {
		t.Helper()
		if err := p.Change(t.Context(), resources[g.On].on, func(now *project.Policy) bool { return how(now, project.Grant{Role: g.Role, Member: member}) }); err != nil {
			t.Fatal(err)
		}
	}
	ada := c.as(t, member)
	ada.with("CLOUDSDK_BILLING_QUOTA_PROJECT", "my-project")
	ada.want(t, 4, "", "trigger create", "roles/cloudbuild.connectionViewer", "the project my-project", "--member=user:YOU")
	const viewer = "roles/cloudbuild.connectionViewer"
	change(rights.Grant{Role: viewer, On: rights.Project}, (*project.Policy).Add)
	texts := 0
	all := func() (code int, said string) { // what a trigger takes, with something new in it
		texts++
		pattern := "^b" + strings.Repeat("x", texts) + "$"
		for _, args := range [][]string{
			{"trigger", "create", "--branch-pattern", pattern}, {"trigger", "create", "--pull-request-pattern", pattern}, {"trigger", "list"}, {"trigger", "show", "hello-push"},
			{"trigger", "run", "hello-push", "--branch", "main"}, {"trigger", "run", "hello-pull-request", "--branch", "main"},
		} {
			out, errs, exit := ada.run(t, "", args...)
			if said += out + errs; exit != 0 {
				return exit, said
			}
		}
		return 0, said
	}
	if code, said := all(); code != 0 {
		t.Fatalf("with all roles it ends with %d:\n%s", code, said)
	}
	took := 0
	for _, g := range rights.Grants(rights.Person, rights.Cases{When: []rights.When{rights.Triggers, rights.Pulls}, Without: []string{"appengine.googleapis.com"}}) {
		if _, ok := resources[g.On]; !ok || strings.HasPrefix(g.Role, "roles/run.") || g.Role == "roles/developerconnect.viewer" || g.Role == "roles/storage.bucketViewer" {
			continue // up needs it, or nothing fails without it
		}
		took++
		change(g, (*project.Policy).Remove)
		code, said := all()
		change(g, (*project.Policy).Add)
		for _, text := range []string{g.Role, resources[g.On].name, "--member=user:YOU"} {
			if code == 0 || !strings.Contains(said, text) {
				t.Errorf("without %s on %s it ends with %d, and does not say %q:\n%s", g.Role, g.On, code, text, said)
			}
		}
	}
	if took < 5 {
		t.Errorf("%d roles were taken away", took)
	}
	if code, said := all(); code != 0 {
		t.Errorf("with all given back it ends with %d:\n%s", code, said)
	}
}

// TestGcloudSeesTriggers: the real gcloud shows and runs what was made here, and what it
// changes stays.
func TestGcloudSeesTriggers(t *testing.T) {
	t.Parallel()
	c := shop(t, emulator.Options{})
	g := gcloudtest.New(t, c.Server, "my-project", "")
	c.want(t, 0, "", "setup --yes --pull-requests")
	c.git(t, "remote", "add", "origin", "https://github.com/ada/shop")
	c.commit(t, "one")
	c.hear(t, cloudbuild.Hook{})
	c.connect(t)
	c.want(t, 0, "", "trigger create")
	c.want(t, 0, "", "trigger create --pull-request")
	c.want(t, 0, "", "trigger create --manual")
	const at = " --region=europe-west1"
	g.All(t,
		gcloudtest.Want{Command: "builds triggers list --format=value(name)" + at, Has: []string{"hello-push", "hello-pull-request", "hello-manual"}},
		gcloudtest.Want{Command: "builds triggers describe hello-pull-request" + at, Has: []string{"commentControl: COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY", "gcpdeploy-pull-requests@", "- hello/**", "- --no-release"}},
		gcloudtest.Want{Command: "builds triggers run hello-push --branch=main --format=value(metadata.build.id)" + at},
		gcloudtest.Want{Command: "builds triggers run hello-manual --format=value(metadata.build.id)" + at},
		gcloudtest.Want{Command: "builds triggers update github hello-push --description=theirs --include-logs-with-status --ignored-files=**/*.md" + at},
	)
	for _, name := range []string{"hello-push", "hello-manual"} {
		build := c.show(t, name).Last.ID
		if b, err := emulator.Get[*cloudbuild.Server](c.Server).Wait(t.Context(), build); err != nil || b.GetStatus().String() != "SUCCESS" {
			t.Errorf("what gcloud ran of %s ended with %v, %v", name, b.GetStatus(), err)
		}
	}
	c.want(t, 0, "", "trigger create", "changed description: ")
	got := c.ask(t, http.MethodGet, "/v1/projects/my-project/locations/europe-west1/triggers/hello-push", "")
	if got["includeBuildLogs"] != "INCLUDE_BUILD_LOGS_WITH_STATUS" || len(got["ignoredFiles"].([]any)) != 1 {
		t.Errorf("what gcloud set is gone: %v", got)
	}
	g.All(t, gcloudtest.Want{Command: "builds triggers delete hello-manual --quiet" + at})
	c.want(t, 0, "", "trigger delete hello-manual --yes", "nothing to do")
}
