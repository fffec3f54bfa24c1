package worker_test

import (
	"os"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"github.com/goccy/go-yaml"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
)

// TestOwnBuild holds that this project's cloudbuild.yaml is a build that Cloud
// Build takes.
func TestOwnBuild(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../cloudbuild.yaml")
	if err != nil {
		t.Fatal(err)
	}
	data, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	var b cloudbuildpb.Build
	if err := protojson.Unmarshal(data, &b); err != nil {
		t.Fatal(err)
	}
	if err := worker.Validate(&b); err != nil {
		t.Error(err)
	}
	done, err := worker.Substitute(&b, map[string]string{"PROJECT_ID": "p"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := done.GetImages()[0], "europe-west1-docker.pkg.dev/p/gcpdeploy/builder:dev"; got != want {
		t.Errorf("pushes %s, want %s", got, want)
	}
}
