package e2e

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/gcloudtest"
)

// TestGcloudJobs: gcloud makes, changes and runs jobs through v1, sees those of the
// program, and what it sets on one of them stays.
func TestGcloudJobs(t *testing.T) {
	t.Parallel()
	w, did := withJobs(t)
	w.configure(t, "jobs: {report: {command: [migrate, report, \"0\"], memory: 1Gi}}\n")
	w.run(t.Context(), w.app).wait(t, 0)
	image := w.plan(t, w.app).Current.Image
	at := " --region=" + region
	g := gcloudtest.New(t, w.server, project, "")
	for _, want := range []gcloudtest.Want{
		{Command: "run jobs create own --image=" + image + " --command=migrate --args=own,4 --max-retries=0 --tasks=2 --set-env-vars=MODE=a" + at, Has: []string{"Job [own] has successfully been created"}},
		{Command: "run jobs execute own --wait" + at, Has: []string{"failed"}, Fails: true},
		{Command: "run jobs update own --args=own,0 --tasks=1" + at, Has: []string{"Job [own] has successfully been updated"}},
		{Command: "run jobs execute own --wait" + at, Has: []string{"has successfully completed"}},
		{Command: "run jobs update hello-report --update-labels=team=a --max-retries=7" + at},
		{Command: "run jobs execute hello-report" + at},
		{Command: "run jobs list" + at, Has: []string{"hello-report", "own"}},
		{Command: "run jobs executions list --job=own" + at, Has: []string{"own-"}},
	} {
		g.All(t, want) // one after the other
	}
	if got := strings.Join(did(), ","); got != "own by one,own by one,own by one,report by one" {
		t.Errorf("the database is %q", got)
	}

	w.change(t, "two")
	w.configure(t, "jobs: {report: {command: [migrate, report, \"0\"]}}\n")
	w.run(t.Context(), w.app).wait(t, 0)
	var said string
	g.All(t,
		gcloudtest.Want{Command: "run jobs describe hello-report --format=json" + at, Out: &said},
		gcloudtest.Want{Command: "run jobs delete own" + at, Has: []string{"Deleted job [own]"}},
	)
	for _, part := range []string{`"team": "a"`, `"maxRetries": 7`, `"memory": "512Mi"`, `"gcpdeploy-service": "hello"`} {
		if !strings.Contains(said, part) {
			t.Errorf("gcloud does not show %s:\n%s", part, said)
		}
	}
}
