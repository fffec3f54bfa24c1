package emulator_test

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/gcloudtest"
)

// TestGcloudApplication: what gcloud does to an application as a whole; its versions,
// which need an app, are in internal/e2e.
func TestGcloudApplication(t *testing.T) {
	t.Parallel()
	s, g := judge(t, "roles/appengine.appCreator", "roles/appengine.appAdmin", "roles/cloudscheduler.admin", "roles/serviceusage.serviceUsageConsumer")
	own := guarded{s, t}
	for _, api := range []string{"appengine", "appengineflex", "cloudscheduler"} {
		own.must("POST", "/v1/"+p+"/services/"+api+".googleapis.com:enable", "{}")
	}
	dispatch := gcloudtest.File(t, "dispatch.yaml", "dispatch:\n- {url: '*/admin/*', service: default}\n")
	g.All(t,
		want{Command: "app describe", Fails: true, Has: []string{"does not contain an App Engine application"}},
		want{Command: "app deploy " + dispatch, Fails: true, Has: []string{"does not contain an App Engine application"}},
		want{Command: "app regions list --format=csv[no-heading](region,flexible)", Has: []string{"europe-west,YES\n", "us-east4,YES\n"}},
		want{Command: "app create --region=europe-west1", Fails: true, Has: []string{"INVALID_ARGUMENT", "europe-west1"}},
	)
	g.All(t, want{Command: "app create --region=europe-west", Has: []string{"Success! The app is now created"}})
	g.All(t,
		want{Command: "app create --region=us-central", Fails: true, Has: []string{"already contains an App Engine application"}},
		want{Command: "app describe", Has: []string{"locationId: europe-west\n", "servingStatus: SERVING", "serviceAccount: my-project@appspot.gserviceaccount.com", "codeBucket: ", "defaultHostname: "}},
		want{Command: "app operations list --format=value(status)", Has: []string{"COMPLETED"}},
		want{Command: "app deploy " + dispatch, Fails: true, Has: []string{"names the service", "which does not exist"}},
	)
	g.All(t, want{Command: "app update --split-health-checks --service-account=" + robot, Has: []string{"Updating the app [my-project]"}})
	gcloudtest.Contains(t, own.must("GET", "/v1/apps/my-project", ""), `"serviceAccount":"`+robot+`"`, `"splitHealthChecks":true`)
}

// TestGcloudCron: a cron.yaml is deployed as jobs that nobody else lists; deployed
// again it changes nothing, and what is not in it any more goes.
func TestGcloudCron(t *testing.T) {
	t.Parallel()
	s, g := judge(t, "roles/appengine.appViewer", "roles/cloudscheduler.admin", "roles/serviceusage.serviceUsageConsumer")
	own := guarded{s, t}
	for _, api := range []string{"appengine", "cloudscheduler"} {
		own.must("POST", "/v1/"+p+"/services/"+api+".googleapis.com:enable", "{}")
	}
	own.must("POST", "/v1/apps", `{"id":"my-project","locationId":"europe-west"}`)
	const jobs = "/v1beta1/" + p + "/locations/europe-west1/jobs"
	names := func() (all []string) {
		for _, part := range strings.Split(own.must("GET", jobs+"?legacyAppEngineCron=true", ""), `"name":"`)[1:] {
			name, _, _ := strings.Cut(part, `"`)
			all = append(all, name)
		}
		return all
	}
	const two = "cron:\n- {url: /clean, schedule: every 24 hours, description: sweeps}\n- {url: '/mail?x=y', schedule: 'every monday 09:00', timezone: Europe/Berlin, target: worker, retry_parameters: {job_retry_limit: 2}}\n"
	g.All(t,
		want{Command: "app deploy " + gcloudtest.File(t, "cron.yaml", two), Has: []string{"Cron jobs have been updated."}},
	)
	first := names()
	gcloudtest.Contains(t, own.must("GET", jobs+"?legacyAppEngineCron=true", ""),
		`"schedule":"every 24 hours"`, `"relativeUri":"/mail?x=y"`, `"service":"worker"`, `"retryCount":2`, `"legacyAppEngineCron":true`)
	g.All(t,
		want{Command: "app deploy " + gcloudtest.File(t, "cron.yaml", two), Has: []string{"Cron jobs have been updated."}},
		want{Command: "scheduler jobs list --location=europe-west1", Has: []string{"Listed 0 items."}},
	)
	if again := names(); len(first) != 2 || strings.Join(first, " ") != strings.Join(again, " ") {
		t.Errorf("deployed once: %v, twice: %v", first, again)
	}
	g.All(t, want{Command: "app deploy " + gcloudtest.File(t, "cron.yaml", "cron:\n- {url: /clean, schedule: every 24 hours, description: sweeps}\n"), Has: []string{"Cron jobs have been updated."}})
	if left := names(); len(left) != 1 || !strings.Contains(strings.Join(first, " "), left[0]) {
		t.Errorf("of %v are left %v", first, left)
	}
	g.All(t, want{Command: "app deploy " + gcloudtest.File(t, "cron.yaml", "cron:\n- {url: /x, schedule: every now and then}\n"), Fails: true, Has: []string{"Schedule or time zone is invalid"}})
}
