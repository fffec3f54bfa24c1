package clients_test

import (
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// TestInBuildElsewhere: a build's step finds the images in the first of several regions, and
// the service in its own.
func TestInBuildElsewhere(t *testing.T) {
	t.Parallel()
	for home, want := range map[string]string{"": "us-east1-docker.pkg.dev/my-project/ours", "europe-west1": "europe-west1-docker.pkg.dev/my-project/ours"} {
		p := plan.Plan{
			Home: home, Repository: want, Service: "hello",
			Release: release.Spec{Target: "cloud-run", Project: "my-project", Region: "us-east1", Service: "hello"},
		}
		s, err := clients.InBuild(deps(t.TempDir(), nil), p)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		if got := s.Registry().Repository(); got != want || s.Config.Region != "us-east1" {
			t.Errorf("images are in %s, want %s; the service is in %s", got, want, s.Config.Region)
		}
	}
}
