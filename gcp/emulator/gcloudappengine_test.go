package emulator_test

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/appengine"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/gcloudtest"
)

// TestGcloudApplication: what gcloud does to an application as a whole.
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

// TestGcloudVersions: versions that gcloud deploys, divides the traffic among, stops and
// deletes.
func TestGcloudVersions(t *testing.T) {
	t.Parallel()
	s, g := judge(t, "roles/appengine.deployer", "roles/appengine.serviceAdmin", "roles/iam.serviceAccountUser", "roles/serviceusage.serviceUsageConsumer", "roles/logging.viewer")
	emulator.Get[*appengine.Server](s).RunNothing()
	own := guarded{s, t}
	for _, api := range []string{"appengine", "appengineflex"} {
		own.must("POST", "/v1/"+p+"/services/"+api+".googleapis.com:enable", "{}")
	}
	own.must("POST", "/v1/apps", `{"id":"my-project","locationId":"europe-west"}`)
	const image = " --image-url=europe-west1-docker.pkg.dev/my-project/gcpdeploy/hello@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 "
	app := gcloudtest.File(t, "app.yaml", "runtime: custom\nenv: flex\nenv_variables: {MODE: prod}\nmanual_scaling: {instances: 1}\nreadiness_check: {path: /healthz}\n")
	worker := gcloudtest.File(t, "worker.yaml", "runtime: custom\nenv: flex\nservice: worker\n")
	g.All(t, want{Command: "app deploy " + worker + image + "--version=one", Fails: true, Has: []string{"The first service (module) you upload to a new application must be the 'default' service (module)."}})
	g.All(t, want{Command: "app deploy " + app + image + "--version=one", Has: []string{"Deployed service [default]"}})
	g.All(t,
		want{Command: "app deploy " + app + image + "--version=two --no-promote", Has: []string{"Deployed service [default]"}},
		want{Command: "beta app deploy " + worker + image + "--version=one", Has: []string{"Deployed service [worker]"}},
		want{Command: "app versions describe one --service=default", Has: []string{"env: flexible", "runtime: custom", "servingStatus: SERVING", "MODE: prod", "path: /healthz", "createdBy: ada@example.com", "versionUrl: "}},
	)
	g.All(t,
		want{Command: "app versions list --format=csv[no-heading](service,id,traffic_split,version.servingStatus)", Has: []string{"default,one,1.00,SERVING", "default,two,0.00,SERVING", "worker,one,1.00,SERVING"}},
		want{Command: "app instances list", Has: []string{"Listed 0 items."}},
		want{Command: "app versions migrate two --service=default", Fails: true, Has: []string{"not supported in the flexible environment"}},
		want{Command: "app versions delete one --service=default", Fails: true, Has: []string{"currently serving"}},
		want{Command: "app services delete default", Fails: true, Has: []string{"The default service (module) may not be deleted"}},
		want{Command: "app services set-traffic default --splits=one=1,three=1 --split-by=ip", Fails: true, Has: []string{"three"}},
		want{Command: "app services update worker --ingress=internal-only"},
	)
	gcloudtest.Contains(t, own.must("GET", "/v1/apps/my-project/services/worker", ""), `"ingressTrafficAllowed":"INGRESS_TRAFFIC_ALLOWED_INTERNAL_ONLY"`)
	g.All(t, want{Command: "app services set-traffic default --splits=one=1,two=2 --split-by=cookie", Has: []string{"my-project/default/two: 0.667"}})
	var operation string
	g.All(t,
		want{Command: "app services describe default", Has: []string{"one: 0.333", "two: 0.667", "shardBy: COOKIE"}},
		want{Command: "app operations list --limit=1 --format=value(id)", Out: &operation},
		want{Command: "app logs read --service=default"},
		want{Command: "app services delete worker"},
	)
	operation = strings.TrimSpace(operation)
	// A new version has all the traffic, and of a split none is stopped.
	g.All(t,
		want{Command: "app operations describe " + operation, Has: []string{"google.appengine.v1.Services.", "done: true", "user: ada@example.com"}},
		want{Command: "app operations wait " + operation, Has: []string{"is already done"}},
		want{Command: "app deploy " + app + image + "--version=three", Has: []string{"Deployed service [default]"}},
	)
	g.All(t, want{Command: "app deploy " + app + image + "--version=four --stop-previous-version", Has: []string{"Stopping version [my-project/default/three]"}})
	g.All(t, want{Command: "app versions list --format=csv[no-heading](id,traffic_split,version.servingStatus)", Has: []string{"two,0.00,SERVING", "three,0.00,STOPPED", "four,1.00,SERVING"}})
	g.All(t,
		want{Command: "app versions stop two --service=default", Has: []string{"Stopping"}},
		want{Command: "app versions start three --service=default", Has: []string{"Starting"}},
		want{Command: "app versions delete one --service=default"},
	)
	left := own.must("GET", "/v1/apps/my-project/services/default/versions", "")
	gcloudtest.Contains(t, left, `"id":"four"`, `"id":"three"`, `"id":"two"`)
	if strings.Count(left, `"id":`) != 3 || strings.Count(left, `"servingStatus":"STOPPED"`) != 1 {
		t.Errorf("versions left: %s", left)
	}
	own.denied(ada, "PATCH", "/v1/apps/my-project?updateMask=dispatchRules", `{"dispatchRules":[]}`, "Operation not allowed")
	own.must("PATCH", "/v1/apps/my-project?updateMask=servingStatus", `{"servingStatus":"USER_DISABLED"}`)
	g.All(t, want{Command: "app deploy " + app + image + "--version=five", Fails: true, Has: []string{"Unable to deploy to application [my-project] with status [USER_DISABLED]", "Deploying to stopped apps is not allowed."}})
}
