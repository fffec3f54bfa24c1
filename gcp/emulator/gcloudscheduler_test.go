package emulator_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/gcloudtest"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/testclock"
)

func TestGcloudScheduler(t *testing.T) {
	t.Parallel()
	s, g := judge(t, "roles/cloudscheduler.admin", "roles/iam.serviceAccountUser")
	if resp := request(t, s, "POST", "/v1/"+p+"/serviceAccounts", `{"accountId":"builder"}`, "Content-Type: application/json"); resp.StatusCode != 200 {
		t.Fatal(resp.Status)
	}
	const on = " --location=europe-west1"
	g.All(t,
		want{Command: "scheduler jobs create http nightly --schedule=0_3_*_*_*" + on, Fails: true, Has: []string{"--uri"}},
		want{Command: "scheduler jobs create http other --schedule=*/5____ --uri=https://example.com" + on, Fails: true, Has: []string{"Schedule or time zone is invalid."}},
	)
	g.Run(t, "scheduler", "jobs", "create", "http", "nightly", "--schedule=0 3 * * *", "--time-zone=Europe/Berlin", "--location=europe-west1",
		"--uri=https://cloudbuild.googleapis.com/v1/"+p+"/locations/europe-west1/builds", "--message-body={}", "--oauth-service-account-email="+robot)
	g.All(t,
		want{Command: "scheduler jobs list" + on, Has: []string{"nightly", "0 3 * * * (Europe/Berlin)", "HTTP", "ENABLED"}},
		want{Command: "scheduler jobs describe nightly" + on, Has: []string{"attemptDeadline: 180s", "serviceAccountEmail: " + robot, "timeZone: Europe/Berlin", "scheduleTime:"}},
	)
	g.Run(t, "scheduler", "jobs", "update", "http", "nightly", "--schedule=0 4 * * *", "--location=europe-west1")
	g.All(t,
		want{Command: "scheduler jobs pause nightly" + on, Has: []string{"has been paused"}},
		want{Command: "scheduler jobs describe nightly" + on, Has: []string{"schedule: 0 4 * * *", "timeZone: Europe/Berlin"}}, // its update sends Etc/UTC, outside of its mask
	)
	g.All(t, want{Command: "scheduler jobs resume nightly" + on, Has: []string{"has been resumed"}})
	g.All(t, want{Command: "scheduler jobs run nightly" + on})
	g.All(t, want{Command: "scheduler jobs delete nightly" + on, Has: []string{"Deleted job [nightly]."}})
}

// TestSchedulerActs: a job calls Google's APIs as its account, which may no more than
// it may, and who makes the job must be let act as it.
func TestSchedulerActs(t *testing.T) {
	t.Parallel()
	clock := testclock.New(time.Date(2026, 11, 27, 2, 0, 0, 0, time.UTC))
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{Dir: t.TempDir(), Executor: echo{}, Rights: true,
		Projects: frame.Projects{Known: []string{"my-project"}, New: true}, Now: clock.Now, At: clock.At})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	g := guarded{s, t}
	g.must("POST", "/v1/"+p+"/services/iam.googleapis.com:enable", "{}")
	g.must("POST", "/v1/"+p+"/serviceAccounts", `{"accountId":"builder"}`)
	g.grant(p, binding("roles/cloudscheduler.admin", ada))
	const jobs = "/v1/" + p + "/locations/europe-west1/jobs"
	body := `{"name":"` + p + `/locations/europe-west1/jobs/nightly","schedule":"0 3 * * *","httpTarget":{"uri":"https://cloudbuild.googleapis.com/v1/` + p + `/locations/europe-west1/builds",` +
		`"headers":{"Content-Type":"application/json"},"body":"eyJzdGVwcyI6W3sibmFtZSI6ImJ1c3lib3giLCJhcmdzIjpbImhlbGxvIl19XX0=","oauthToken":{"serviceAccountEmail":"` + robot + `"}}}`
	g.denied(ada, "POST", jobs, body, "cloudscheduler.googleapis.com", "SERVICE_DISABLED")
	for _, api := range []string{"cloudscheduler", "cloudbuild"} {
		g.must("POST", "/v1/"+p+"/services/"+api+".googleapis.com:enable", "{}")
	}
	g.denied(ada, "POST", jobs, body, "iam.serviceAccounts.actAs", robot)
	g.must("POST", "/v1/"+p+"/serviceAccounts/"+robot+":setIamPolicy", `{"policy":{"bindings":[`+binding("roles/iam.serviceAccountUser", ada)+`]}}`)
	g.allowed(ada, "POST", jobs, body)
	g.denied("user:bob@example.com", "POST", jobs+"/nightly:run", "{}", "cloudscheduler.jobs.run")

	day := clock.Now()
	fires := func(want string) {
		t.Helper()
		next := time.Date(day.Year(), day.Month(), day.Day(), 3, 0, 0, 0, time.UTC)
		clock.Asked(next)
		clock.Set(next)
		day = day.AddDate(0, 0, 1)
		clock.Asked(next.AddDate(0, 0, 1))
		if got := g.must("GET", jobs+"/nightly", ""); !strings.Contains(got, want) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
	fires(`"code":7`) // PERMISSION_DENIED
	account := "serviceAccount:" + frame.ProjectNumber("my-project") + "-compute@developer.gserviceaccount.com"
	g.grant(p, binding("roles/cloudscheduler.admin", ada)+","+binding("roles/cloudbuild.builds.editor", asRobo)+","+binding("roles/editor", account))
	fires(`"code":7`) // it may not act as the builds' account yet
	g.must("POST", "/v1/"+p+"/serviceAccounts/"+strings.TrimPrefix(account, "serviceAccount:")+":setIamPolicy", `{"policy":{"bindings":[`+binding("roles/iam.serviceAccountUser", asRobo)+`]}}`)
	fires(`"status":{}`)
	gcloudtest.Contains(t, g.must("GET", "/v1/"+p+"/locations/europe-west1/builds", ""), `"args":["hello"]`)
}
