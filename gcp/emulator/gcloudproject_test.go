package emulator_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// TestGcloudProject: what the real gcloud does to prepare a project.
func TestGcloudProject(t *testing.T) {
	t.Parallel()
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{Dir: t.TempDir(), Projects: frame.Projects{Known: []string{"my-project"}, New: true}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	g := newGcloud(t, s.GcloudEnv("my-project"))
	number := frame.ProjectNumber("my-project")
	const build = "build-account@my-project.iam.gserviceaccount.com"

	contains(t, g.fails(t, "artifacts", "repositories", "list", "--location=europe-west1"), "SERVICE_DISABLED", "artifactregistry.googleapis.com")
	g.run(t, "services", "enable", "run.googleapis.com", "artifactregistry.googleapis.com", "iam.googleapis.com", "secretmanager.googleapis.com")
	out, _ := g.run(t, "services", "list", "--enabled", "--format=value(config.name)")
	contains(t, out, "run.googleapis.com", "storage.googleapis.com")
	if strings.Contains(out, "cloudbuild.googleapis.com") {
		t.Error("Cloud Build was not asked for, and is enabled")
	}

	out, _ = g.run(t, "projects", "describe", "my-project")
	contains(t, out, "projectNumber: '"+number+"'", "lifecycleState: ACTIVE")
	contains(t, g.fails(t, "projects", "describe", "another"), "does not have permission", "may not exist")

	g.run(t, "iam", "service-accounts", "create", "build-account", "--display-name=Builds", "--description=of gcpdeploy")
	out, _ = g.run(t, "iam", "service-accounts", "list", "--format=value(email)")
	contains(t, out, build, number+"-compute@developer.gserviceaccount.com")
	contains(t, g.fails(t, "projects", "add-iam-policy-binding", "my-project", "--member=serviceAccount:nobody@my-project.iam.gserviceaccount.com", "--role=roles/logging.logWriter"), "does not exist")
	out, _ = g.run(t, "projects", "add-iam-policy-binding", "my-project", "--member=serviceAccount:"+build, "--role=roles/logging.logWriter", "--condition=None")
	contains(t, out, "roles/logging.logWriter", build, "etag:")
	out, _ = g.run(t, "iam", "service-accounts", "add-iam-policy-binding", build, "--member=user:ada@example.com", "--role=roles/iam.serviceAccountUser")
	contains(t, out, "user:ada@example.com")

	// Policies and settings of what lies in the project.
	g.run(t, "artifacts", "repositories", "create", "wheels", "--location=europe-west1", "--repository-format=docker")
	g.run(t, "artifacts", "repositories", "update", "wheels", "--location=europe-west1", "--update-labels=made-by=gcpdeploy")
	out, _ = g.run(t, "artifacts", "repositories", "add-iam-policy-binding", "wheels", "--location=europe-west1", "--member=serviceAccount:"+build, "--role=roles/artifactregistry.writer")
	contains(t, out, "roles/artifactregistry.writer")
	g.run(t, "storage", "buckets", "create", "gs://my-project-source", "--location=europe-west1", "--uniform-bucket-level-access", "--public-access-prevention")
	lifecycle := filepath.Join(t.TempDir(), "lifecycle.json")
	if err := os.WriteFile(lifecycle, []byte(`{"rule":[{"action":{"type":"Delete"},"condition":{"age":7}}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	g.run(t, "storage", "buckets", "update", "gs://my-project-source", "--lifecycle-file="+lifecycle, "--update-labels=made-by=gcpdeploy")
	out, _ = g.run(t, "storage", "buckets", "describe", "gs://my-project-source", "--format=json")
	contains(t, out, `"location": "EUROPE-WEST1"`, `"age": 7`, `"public_access_prevention": "enforced"`, `"uniform_bucket_level_access": true`, `"made-by": "gcpdeploy"`)
	out, _ = g.run(t, "storage", "buckets", "add-iam-policy-binding", "gs://my-project-source", "--member=serviceAccount:"+build, "--role=roles/storage.objectViewer")
	contains(t, out, "roles/storage.objectViewer")
	g.run(t, "secrets", "create", "pip", "--replication-policy=automatic")
	out, _ = g.run(t, "secrets", "add-iam-policy-binding", "pip", "--member=serviceAccount:"+build, "--role=roles/secretmanager.secretAccessor")
	contains(t, out, "roles/secretmanager.secretAccessor")
}
