package emulator_test

import (
	"context"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/gcloudtest"
)

// TestGcloudProject: what the real gcloud says of a new project and of what is in it.
// That it prepares one as setup does is TestCommandsOfGcloud, in gcp/setup.
func TestGcloudProject(t *testing.T) {
	t.Parallel()
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{Dir: t.TempDir(), Projects: frame.Projects{Known: []string{"my-project"}, New: true}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	g := gcloudtest.New(t, s, "my-project", "")
	number := frame.ProjectNumber("my-project")
	request(t, s, "POST", "/storage/v1/b?project=my-project", `{"name":"my-project-source","location":"europe-west1","labels":{"made-by":"us"},`+
		`"lifecycle":{"rule":[{"action":{"type":"Delete"},"condition":{"age":7}}]},`+
		`"iamConfiguration":{"publicAccessPrevention":"enforced","uniformBucketLevelAccess":{"enabled":true}}}`, "Content-Type: application/json")
	g.All(t,
		want{Command: "artifacts repositories list --location=europe-west1", Fails: true, Has: []string{"SERVICE_DISABLED", "artifactregistry.googleapis.com"}},
		want{Command: "projects describe my-project", Has: []string{"projectNumber: '" + number + "'", "lifecycleState: ACTIVE"}},
		want{Command: "projects add-iam-policy-binding my-project --member=user:ada@example.com --role=roles/logging.logWriter --condition=None", Has: []string{"roles/logging.logWriter", "user:ada@example.com", "etag:"}},
		want{Command: "storage buckets describe gs://my-project-source --format=json", Has: []string{`"location": "EUROPE-WEST1"`, `"age": 7`, `"public_access_prevention": "enforced"`, `"uniform_bucket_level_access": true`, `"made-by": "us"`}},
	)
	g.All(t, want{Command: "services enable run.googleapis.com artifactregistry.googleapis.com iam.googleapis.com"})
	g.All(t,
		want{Command: "services list --enabled --format=value(config.name)", Has: []string{"run.googleapis.com", "artifactregistry.googleapis.com"}},
		want{Command: "projects get-iam-policy my-project", Has: []string{"user:ada@example.com", "roles/logging.logWriter"}},
		want{Command: "artifacts repositories list --location=europe-west1", Has: []string{"Listed 0 items."}},
	)
}
