package emulator_test

import (
	"context"
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
}
