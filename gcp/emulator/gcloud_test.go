package emulator_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/gcloudtest"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
)

// The real gcloud is the judge: a test for each family of its commands, as somebody
// with the least roles for it. Those of
// Cloud Run, images and logs need an app and are in internal/e2e.

type want = gcloudtest.Want

// echo is a worker that prints a step's arguments; of "wait" it waits for the end
// of its build.
type echo struct{}

func (echo) Step(ctx context.Context, r worker.StepRequest) (int, error) {
	text := strings.Join(r.Step.GetArgs(), " ")
	_, err := fmt.Fprintln(r.Stdout, text)
	if text == "wait" {
		<-ctx.Done()
		return 0, context.Cause(ctx)
	}
	return 0, err
}

// judge starts emulators that check rights, and the gcloud of somebody who has no
// more than these roles on the project.
func judge(t *testing.T, roles ...string) (*emulator.Server, gcloudtest.Gcloud) {
	t.Helper()
	s := startGuarded(t, frame.Projects{}, echo{})
	bindings := []string{binding("roles/editor", "serviceAccount:"+frame.ProjectNumber("my-project")+"-compute@developer.gserviceaccount.com")} // as at Google, for builds
	for _, r := range roles {
		bindings = append(bindings, binding(r, ada))
	}
	s.grant(p, strings.Join(bindings, ","))
	return s.Server, gcloudtest.New(t, s.Server, "my-project", gcloudtest.File(t, "token", s.Token(ada)))
}

func TestGcloudBuilds(t *testing.T) {
	t.Parallel()
	s, g := judge(t, "roles/cloudbuild.builds.editor", "roles/iam.serviceAccountUser", "roles/serviceusage.serviceUsageConsumer", "roles/storage.admin", "roles/logging.viewer")
	src := t.TempDir()
	config, waits := gcloudtest.File(t, "cloudbuild.yaml", "steps:\n- {name: busybox, id: one, args: [hello, one]}\n- {name: busybox, args: [hello, two]}\n"),
		gcloudtest.File(t, "wait.yaml", "steps: [{name: busybox, args: [wait]}]\n")
	entries := gcloudtest.File(t, "entries.yaml", "steps: [{name: busybox, args: [hello, entries]}]\noptions: {logging: CLOUD_LOGGING_ONLY}\n")
	if err := os.WriteFile(filepath.Join(src, "app.py"), []byte("print()"), 0o600); err != nil {
		t.Fatal(err)
	}
	var waiting, logged string
	g.All(t,
		want{Command: "builds submit --no-source --region=europe-west1 --format=value(id) --config " + entries, Out: &logged},
		want{Command: "builds submit " + src + " --config " + config, Has: []string{`Step #0 - "one": hello one`, `Step #1: hello two`, "SUCCESS"}},
		want{Command: "builds submit --no-source --config " + config + " --gcs-log-dir=gs://no-such-bucket/logs", Has: []string{"no-such-bucket"}, Fails: true},
		want{Command: "builds submit --no-source --async --region=europe-west1 --format=value(id) --config " + waits, Out: &waiting},
	)
	var all string
	g.All(t,
		want{Command: "builds list --format=value(id,status)", Out: &all},
		want{Command: "builds cancel --region=europe-west1 " + strings.TrimSpace(waiting), Has: []string{"CANCELLED"}},
		want{Command: "builds triggers list --region=europe-west1", Has: []string{"Listed 0 items."}},
	)
	id, status, _ := strings.Cut(strings.TrimSpace(all), "\t")
	if status != "SUCCESS" {
		t.Errorf("list: %q", all)
	}
	// Without the proxy, by endpoints alone.
	endpoints := gcloudtest.WithEnv(t,
		"CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDBUILD="+s.URL(), "CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE="+s.URL(),
		"CLOUDSDK_AUTH_ACCESS_TOKEN_FILE="+s.TokenFile(), "CLOUDSDK_CORE_PROJECT=my-project", "CLOUDSDK_CORE_DISABLE_PROMPTS=1")
	endpoints.All(t, want{Command: "builds submit " + src + " --config " + config + " --async", Has: []string{"my-project"}})
	var refused string
	g.All(t,
		want{Command: "builds describe " + id, Has: []string{"status: SUCCESS", "projectId: my-project"}},
		want{Command: "builds log " + id, Has: []string{`Step #0 - "one": hello one`}},
		want{Command: "builds log --region=europe-west1 " + strings.TrimSpace(logged), Has: []string{"hello entries"}},
		want{Command: "builds get-default-service-account", Has: []string{"-compute@developer.gserviceaccount.com"}},
		// What is not served is told at once, and not tried again.
		want{Command: "builds worker-pools describe p --region=europe-west1", Has: []string{"not implemented"}, Fails: true, Out: &refused},
	)
	if strings.Contains(refused, "Retrying") || strings.Contains(refused, "network connectivity") {
		t.Errorf("gcloud tries again:\n%s", refused)
	}
}

func TestGcloudSecrets(t *testing.T) {
	t.Parallel()
	_, g := judge(t, "roles/secretmanager.admin")
	file := gcloudtest.File(t, "f", "hush")
	g.All(t, want{Command: "secrets create one --replication-policy=automatic --labels=a=b --data-file " + file, Has: []string{"Created version [1] of the secret [one]"}})
	g.All(t,
		want{Command: "secrets list", Has: []string{"one", "automatic"}},
		want{Command: "secrets versions add one --data-file " + file, Has: []string{"Created version [2] of the secret [one]"}}, // it holds that the server has seen its checksum
		want{Command: "secrets versions access 1 --secret=one", Has: []string{"hush"}},
		want{Command: "secrets update one --update-labels=c=d", Has: []string{"Updated secret [one]"}},
	)
	g.All(t,
		want{Command: "secrets versions destroy 1 --secret=one --quiet", Has: []string{"Destroyed version [1]"}},
		want{Command: "secrets versions disable 2 --secret=one", Has: []string{"Disabled version [2]"}},
	)
	g.All(t, want{Command: "secrets versions list one --format=csv[no-heading](name,state)", Has: []string{"2,disabled", "1,destroyed"}})
	g.All(t, want{Command: "secrets delete one --quiet", Has: []string{"Deleted secret [one]"}})
}

func TestGcloudStorage(t *testing.T) {
	t.Parallel()
	s, g := judge(t, "roles/storage.admin")
	big := gcloudtest.File(t, "big", strings.Repeat("0123456789abcdef", 9<<16)) // 9 MiB: resumable
	for _, bucket := range []string{"mine-to-keep", "mine-to-remove"} {
		if resp := request(t, s, "POST", "/storage/v1/b?project=my-project", `{"name":"`+bucket+`"}`, "Content-Type: application/json"); resp.StatusCode != 200 {
			t.Fatal(resp.Status)
		}
	}
	if resp := request(t, s, "POST", "/upload/storage/v1/b/mine-to-remove/o?uploadType=media&name=a/small", "hush", "Content-Type: text/plain"); resp.StatusCode != 200 {
		t.Fatal(resp.Status)
	}
	g.All(t,
		want{Command: "storage buckets create gs://one-more", Has: []string{"Creating gs://one-more/"}},
		want{Command: "storage cp " + big + " gs://mine-to-keep/up/big"},
	)
	g.All(t,
		want{Command: "storage cp gs://mine-to-keep/up/big " + big + "2"},
		want{Command: "storage mv gs://mine-to-remove/a/small gs://mine-to-keep/b/moved"},
	)
	if a, err := os.ReadFile(big + "2"); err != nil || len(a) != 9<<20 {
		t.Errorf("%d bytes back, %v", len(a), err)
	}
	g.All(t,
		want{Command: "storage ls --recursive gs://mine-to-keep", Has: []string{"gs://mine-to-keep/up/big", "gs://mine-to-keep/b/moved"}},
		want{Command: "storage rm -r gs://mine-to-remove", Has: []string{"Removing"}},
	)
	for path, code := range map[string]int{"mine-to-remove": http.StatusNotFound, "mine-to-keep/o/b%2Fmoved": http.StatusOK} {
		if resp := request(t, s, "GET", "/storage/v1/b/"+path, ""); resp.StatusCode != code {
			t.Errorf("%s: %s, want %d", path, resp.Status, code)
		}
	}
}

func TestGcloudRepositories(t *testing.T) {
	t.Parallel()
	s, g := judge(t, "roles/artifactregistry.admin")
	if resp := request(t, s, "POST", "/v1/projects/my-project/locations/us/repositories?repositoryId=two", `{"format":"DOCKER"}`, "Content-Type: application/json"); resp.StatusCode != 200 {
		t.Fatal(resp.Status)
	}
	g.All(t, want{Command: "artifacts repositories create one --location=europe-west1 --repository-format=docker", Has: []string{"Created repository [one]"}})
	g.All(t,
		want{Command: "artifacts repositories list", Has: []string{"across all locations", "one", "DOCKER", "europe-west1", "two", "us"}},
		want{Command: "artifacts repositories describe one --location=europe-west1", Has: []string{"format: DOCKER"}},
	)
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	id, addr, err := emulator.Identity(filepath.Dir(s.TokenFile()))
	if err != nil || id != s.StateID() || addr != s.Addr() {
		t.Errorf("identity %q %q %v", id, addr, err)
	}
	if id, addr, err := emulator.Identity(t.TempDir()); err != nil || id+addr != "" {
		t.Errorf("identity of nothing: %q %q %v", id, addr, err)
	}
}
