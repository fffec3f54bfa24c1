package emulator_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/gcloudtest"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/serviceusage"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/testclock"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
)

func TestDenials(t *testing.T) {
	t.Parallel()
	g := startGuarded(t, frame.Projects{}, echo{})
	g.must("POST", "/storage/v1/b?project=my-project", `{"name":"a-bucket"}`)
	g.must("POST", "/v1/"+p+"/locations/europe-west1/repositories?repositoryId=images", `{"format":"DOCKER"}`)
	g.denied(ada, "GET", "/v1/"+p+"/locations/global/builds", "", `"The caller does not have permission"`)
	g.denied(ada, "GET", "/v2/"+p+"/locations/europe-west1/services/none", "", "IAM_PERMISSION_DENIED", "run.services.get", p+"/locations/europe-west1/services/none")
	g.denied(ada, "GET", "/v1/"+p+"/locations/europe-west1/repositories/images", "", "IAM_PERMISSION_DENIED", "artifactregistry.repositories.get", "(or it may not exist)")
	g.denied(ada, "POST", "/v1/"+p+"/services/run.googleapis.com:enable", "{}", "AUTH_PERMISSION_DENIED", "Permission denied to enable service [run.googleapis.com]")
	g.denied(ada, "GET", "/v1/"+p, "", "resourcemanager.projects.get")
	g.denied(ada, "GET", "/v3/"+p, "", "resourcemanager.projects.get", "//cloudresourcemanager.googleapis.com/"+p)
	g.denied(ada, "GET", "/storage/v1/b/a-bucket/o/x", "", "ada@example.com does not have storage.objects.get access to the Google Cloud Storage object. Permission 'storage.objects.get' denied on resource (or it may not exist).", `"forbidden"`)
	g.denied(ada, "GET", "/storage/v1/b/a-bucket", "", "storage.buckets.get access to the Google Cloud Storage bucket")
	g.denied(ada, "POST", "/storage/v1/b?project=my-project", `{"name":"b-bucket"}`, "storage.buckets.create access to the Google Cloud project")
	g.denied(ada, "GET", "/a-bucket/x", "", "AccessDenied", "storage.objects.get")
	g.denied(ada, "HEAD", "/v2/my-project/images/app/manifests/1", "")
	g.denied(ada, "POST", "/v2/my-project/images/app/blobs/uploads/", "", "DENIED", "artifactregistry.repositories.uploadArtifacts")
	if code, text := g.as(ada, "GET", "/storage/v1/b/no-bucket", ""); code != 404 {
		t.Errorf("whether a bucket is there is no secret: %d %s", code, text)
	}
	if code, text := g.as(ada, "POST", "/v1/"+p+":testIamPermissions", `{"permissions":["run.services.get"]}`); code != 200 || strings.Contains(text, "run") {
		t.Errorf("what ada may do: %d %s", code, text)
	}

	g.grant(p, binding("roles/run.viewer", ada)+","+binding("roles/artifactregistry.reader", ada))
	if code, text := g.as(ada, "GET", "/v2/"+p+"/locations/europe-west1/services/none", ""); code != 404 {
		t.Errorf("with the right to see it: %d %s", code, text)
	}
	g.allowed(ada, "GET", "/v1/"+p+"/locations/europe-west1/repositories/images", "")
	g.denied(ada, "POST", "/v2/my-project/images/app/blobs/uploads/", "", "DENIED")
	if _, text := g.as(ada, "POST", "/v1/"+p+":testIamPermissions", `{"permissions":["run.services.get","run.services.update"]}`); !strings.Contains(text, "run.services.get") || strings.Contains(text, "update") {
		t.Errorf("what ada may do: %s", text)
	}
	// Objects: writing is not overwriting, and not reading.
	g.must("PUT", "/storage/v1/b/a-bucket/iam", `{"bindings":[`+binding("roles/storage.objectCreator", ada)+`]}`)
	g.allowed(ada, "POST", "/upload/storage/v1/b/a-bucket/o?uploadType=media&name=x", `{}`)
	g.denied(ada, "POST", "/upload/storage/v1/b/a-bucket/o?uploadType=media&name=x", `{}`, "storage.objects.delete")
	g.denied(ada, "GET", "/storage/v1/b/a-bucket/o/x", "", "storage.objects.get")
	g.denied(ada, "GET", "/storage/v1/b/a-bucket/o/none", "", "storage.objects.get")
}

// TestBuildsRunAsAnAccount: who builds must be let act as the account, and what a
// build does is done as it.
func TestBuildsRunAsAnAccount(t *testing.T) {
	t.Parallel()
	g := startGuarded(t, frame.Projects{}, echo{})
	g.must("POST", "/storage/v1/b?project=my-project", `{"name":"a-bucket"}`)
	g.must("POST", "/upload/storage/v1/b/a-bucket/o?uploadType=media&name=src.zip", `{}`)
	g.must("POST", "/v1/"+p+"/serviceAccounts", `{"accountId":"builder"}`)
	build := `{"steps":[{"name":"busybox","args":["hello"]}],"serviceAccount":"` + p + `/serviceAccounts/` + robot + `","logsBucket":"gs://a-bucket","source":{"storageSource":{"bucket":"a-bucket","object":"src.zip"}}}`
	const builds = "/v1/" + p + "/locations/global/builds"
	g.denied(ada, "POST", builds, build, "The caller does not have permission")
	g.grant(p, binding("roles/cloudbuild.builds.editor", ada))
	g.denied(ada, "POST", builds, build, "iam.serviceaccounts.actAs", robot)
	g.grant(p+"/serviceAccounts/"+robot, binding("roles/iam.serviceAccountUser", ada))

	// end is what a build comes to, as ada sees it.
	end := func() string {
		t.Helper()
		code, text := g.as(ada, "POST", builds, build)
		var op struct {
			Metadata struct{ Build struct{ ID string } }
		}
		if err := json.Unmarshal([]byte(text), &op); code != 200 || err != nil {
			t.Fatalf("%d %s", code, text)
		}
		for {
			if _, text = g.as(ada, "GET", builds+"/"+op.Metadata.Build.ID, ""); !strings.Contains(text, `"QUEUED"`) && !strings.Contains(text, `"WORKING"`) {
				return text
			}
			if t.Context().Err() != nil {
				t.Fatal(t.Context().Err())
			}
		}
	}
	gcloudtest.Contains(t, end(), "LOGGING_FAILURE", robot+" does not have storage.objects.create access")
	g.must("PUT", "/storage/v1/b/a-bucket/iam", `{"bindings":[`+binding("roles/storage.objectCreator", asRobo)+`]}`)
	gcloudtest.Contains(t, end(), "FETCH_SOURCE_FAILED")
	g.must("PUT", "/storage/v1/b/a-bucket/iam", `{"bindings":[`+binding("roles/storage.objectAdmin", asRobo)+`]}`)
	if text := end(); strings.Contains(text, robot+" does not have storage") {
		t.Errorf("the source is still not read: %s", text)
	}
}

// TestServicesRunAsAnAccount: who deploys must be let act as it.
func TestServicesRunAsAnAccount(t *testing.T) {
	t.Parallel()
	g := startGuarded(t, frame.Projects{}, echo{})
	g.must("POST", "/v1/"+p+"/serviceAccounts", `{"accountId":"builder"}`)
	g.grant(p, binding("roles/run.developer", ada))
	const service = `{"template":{"serviceAccount":"` + robot + `","containers":[{"image":"127.0.0.1:1/my-project/images/x:1"}]}}`
	g.denied(ada, "POST", "/v2/"+p+"/locations/europe-west1/services?serviceId=hello", service, "iam.serviceaccounts.actAs", robot, "IAM_PERMISSION_DENIED")
	g.denied(ada, "POST", "/v2/"+p+"/locations/europe-west1/services?serviceId=hello", `{"template":{"containers":[{"image":"127.0.0.1:1/my-project/images/x:1"}]}}`, "-compute@developer.gserviceaccount.com")
	g.grant(p+"/serviceAccounts/"+robot, binding("roles/iam.serviceAccountUser", ada))
	g.allowed(ada, "POST", "/v2/"+p+"/locations/europe-west1/services?serviceId=hello", service)
	g.denied(ada, "POST", "/v2/"+p+"/locations/europe-west1/services/hello:setIamPolicy", `{"policy":{"bindings":[`+binding("roles/run.invoker", "allUsers")+`]}}`, "run.services.setIamPolicy")
}

func TestTokensOfAccounts(t *testing.T) {
	t.Parallel()
	g := startGuarded(t, frame.Projects{}, echo{})
	g.must("POST", "/v1/"+p+"/serviceAccounts", `{"accountId":"builder"}`)
	const path = "/v1/projects/-/serviceAccounts/" + robot + ":generateAccessToken"
	const body = `{"scope":["https://www.googleapis.com/auth/cloud-platform"],"lifetime":"600s"}`
	g.denied(ada, "POST", path, body, "iam.serviceAccounts.getAccessToken")
	g.grant(p+"/serviceAccounts/"+robot, binding("roles/iam.serviceAccountTokenCreator", ada))
	code, text := g.as(ada, "POST", path, body)
	var made struct{ AccessToken string }
	if err := json.Unmarshal([]byte(text), &made); code != 200 || err != nil {
		t.Fatalf("%d %s", code, text)
	}
	g.grant(p, binding("roles/browser", asRobo))
	if resp := request(t, g.Server, "GET", "/v1/"+p, "", "Authorization: Bearer "+made.AccessToken); resp.StatusCode != 200 {
		t.Errorf("as the account: %s", resp.Status)
	}
	for _, bad := range []string{made.AccessToken + "x", "ya29.", "ya29.e30.x"} {
		if resp := request(t, g.Server, "GET", "/v1/"+p, "", "Authorization: Bearer "+bad); resp.StatusCode != 401 {
			t.Errorf("%q: %s", bad, resp.Status)
		}
	}
	old := frame.Tokens{Secret: token(t, g.Server), Now: time.Now}.Access(ada, time.Now().Add(-time.Minute))
	if resp := request(t, g.Server, "GET", "/v1/"+p, "", "Authorization: Bearer "+old); resp.StatusCode != 401 {
		t.Errorf("expired: %s", resp.Status)
	}
}

func TestDisabledAPIs(t *testing.T) {
	t.Parallel()
	clock := testclock.New(time.Now())
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{Dir: t.TempDir(), Now: clock.Now, At: clock.At,
		Projects: frame.Projects{Known: []string{"my-project"}, New: true}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	g := guarded{s, t}
	number := frame.ProjectNumber("my-project")
	const builds = "/v1/" + p + "/locations/global/builds"
	g.denied("", "GET", builds, "", "SERVICE_DISABLED", "cloudbuild.googleapis.com", "projects/"+number, "Help", "Enable it by visiting")
	g.denied("", "POST", "/v1/"+p+"/services/no.googleapis.com:enable", "{}", "Not found or permission denied for service(s): no.googleapis.com.")
	emulator.Get[*serviceusage.Server](s).Lag(time.Minute)
	g.must("POST", "/v1/"+p+"/services:batchEnable", `{"serviceIds":["cloudbuild.googleapis.com","run.googleapis.com"]}`)
	gcloudtest.Contains(t, g.must("GET", "/v1/"+p+"/services?filter=state:ENABLED", ""), "run.googleapis.com", "storage.googleapis.com")
	g.denied("", "GET", builds, "", "SERVICE_DISABLED")
	clock.Set(clock.Now().Add(2 * time.Minute))
	g.must("GET", builds, "")
	if text := g.must("POST", "/v1/"+p+"/services/run.googleapis.com:enable", "{}"); !strings.Contains(text, "operations/noop.DONE_OPERATION") {
		t.Errorf("a second time: %s", text)
	}
	g.must("POST", "/v1/"+p+"/services/storage.googleapis.com:disable", "{}")
	g.denied("", "GET", "/storage/v1/b?project=my-project", "", "Cloud Storage API has not been used in project "+number)
	g.denied("", "GET", "/v1/projects/other/locations/global/builds", "", "CONSUMER_INVALID")
	if resp := request(t, s, "GET", "/v3/"+p, "", "X-Goog-User-Project: my-project"); resp.StatusCode != 403 {
		t.Errorf("the project that is billed has not enabled it: %s", resp.Status)
	}
}

// finds is a worker that hands over the token in a step's home.
type finds chan string

func (f finds) Step(_ context.Context, r worker.StepRequest) (int, error) {
	data, err := os.ReadFile(filepath.Join(r.Options.Home, ".config", "access_token"))
	f <- string(data)
	return 0, err
}

// TestBuildsHoldTheirAccountsToken: a step may do what the build's account may.
func TestBuildsHoldTheirAccountsToken(t *testing.T) {
	t.Parallel()
	found := make(finds, 1)
	g := startGuarded(t, frame.Projects{Account: frame.CloudBuild}, found)
	gcloudtest.Contains(t, g.must("GET", "/v1/"+p+"/locations/global/defaultServiceAccount", ""), "@cloudbuild.gserviceaccount.com")
	g.must("POST", "/v1/"+p+"/serviceAccounts", `{"accountId":"builder"}`)
	g.grant(p, binding("roles/browser", asRobo))
	g.must("POST", "/v1/"+p+"/locations/global/builds", `{"steps":[{"name":"busybox"}],"options":{"logging":"NONE"},"serviceAccount":"`+p+`/serviceAccounts/`+robot+`"}`)
	header := "Authorization: Bearer " + <-found
	if resp := request(t, g.Server, "GET", "/v1/"+p, "", header); resp.StatusCode != 200 {
		t.Errorf("what the account may: %s", resp.Status)
	}
	if resp := request(t, g.Server, "GET", "/v1/"+p+"/locations/global/builds", "", header); resp.StatusCode != 403 {
		t.Errorf("what it may not: %s", resp.Status)
	}
}

// TestDefaultLogsAreForViewers: predefined roles do not open Google's own bucket.
func TestDefaultLogsAreForViewers(t *testing.T) {
	t.Parallel()
	g := startGuarded(t, frame.Projects{}, echo{})
	text := g.must("POST", "/v1/"+p+"/locations/global/builds", `{"steps":[{"name":"busybox"}],"options":{"defaultLogsBucketBehavior":"LEGACY_BUCKET"}}`)
	var op struct {
		Metadata struct {
			Build struct{ ID, LogsBucket string }
		}
	}
	if err := json.Unmarshal([]byte(text), &op); err != nil {
		t.Fatal(err)
	}
	object := strings.TrimPrefix(op.Metadata.Build.LogsBucket, "gs:/") + "/log-" + op.Metadata.Build.ID + ".txt"
	g.grant(p, binding("roles/storage.objectViewer", ada)+","+binding("roles/viewer", "user:bob@example.com"))
	if code, text := g.as("user:bob@example.com", "GET", object, ""); code == http.StatusForbidden {
		t.Errorf("a viewer: %d %s", code, text)
	}
	g.denied(ada, "GET", object, "", "storage.objects.get")
}
