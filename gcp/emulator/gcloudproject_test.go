package emulator_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/gcloudtest"
)

// TestGcloudProject: what the real gcloud does to prepare a project.
func TestGcloudProject(t *testing.T) {
	t.Parallel()
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{Dir: t.TempDir(), Projects: frame.Projects{Known: []string{"my-project"}, New: true}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	g := gcloudtest.New(t, s, "my-project", "")
	number := frame.ProjectNumber("my-project")
	const build = "build-account@my-project.iam.gserviceaccount.com"

	gcloudtest.Contains(t, g.Fails(t, "artifacts", "repositories", "list", "--location=europe-west1"), "SERVICE_DISABLED", "artifactregistry.googleapis.com")
	g.Run(t, "services", "enable", "run.googleapis.com", "artifactregistry.googleapis.com", "iam.googleapis.com")

	out, _ := g.Run(t, "projects", "describe", "my-project")
	gcloudtest.Contains(t, out, "projectNumber: '"+number+"'", "lifecycleState: ACTIVE")

	g.Run(t, "iam", "service-accounts", "create", "build-account", "--display-name=Builds", "--description=of gcpdeploy")
	out, _ = g.Run(t, "projects", "add-iam-policy-binding", "my-project", "--member=serviceAccount:"+build, "--role=roles/logging.logWriter", "--condition=None")
	gcloudtest.Contains(t, out, "roles/logging.logWriter", build, "etag:")
	out, _ = g.Run(t, "iam", "service-accounts", "add-iam-policy-binding", build, "--member=user:ada@example.com", "--role=roles/iam.serviceAccountUser")
	gcloudtest.Contains(t, out, "user:ada@example.com")

	// Policies and settings of what lies in the project.
	g.Run(t, "artifacts", "repositories", "create", "wheels", "--location=europe-west1", "--repository-format=docker")
	out, _ = g.Run(t, "artifacts", "repositories", "add-iam-policy-binding", "wheels", "--location=europe-west1", "--member=serviceAccount:"+build, "--role=roles/artifactregistry.writer")
	gcloudtest.Contains(t, out, "roles/artifactregistry.writer")
	g.Run(t, "storage", "buckets", "create", "gs://my-project-source", "--location=europe-west1", "--uniform-bucket-level-access", "--public-access-prevention")
	lifecycle := filepath.Join(t.TempDir(), "lifecycle.json")
	if err := os.WriteFile(lifecycle, []byte(`{"rule":[{"action":{"type":"Delete"},"condition":{"age":7}}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	g.Run(t, "storage", "buckets", "update", "gs://my-project-source", "--lifecycle-file="+lifecycle, "--update-labels=made-by=gcpdeploy")
	out, _ = g.Run(t, "storage", "buckets", "describe", "gs://my-project-source", "--format=json")
	gcloudtest.Contains(t, out, `"location": "EUROPE-WEST1"`, `"age": 7`, `"public_access_prevention": "enforced"`, `"uniform_bucket_level_access": true`, `"made-by": "gcpdeploy"`)
	out, _ = g.Run(t, "storage", "buckets", "add-iam-policy-binding", "gs://my-project-source", "--member=serviceAccount:"+build, "--role=roles/storage.objectViewer")
	gcloudtest.Contains(t, out, "roles/storage.objectViewer")
}
