package cmd_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/secretmanager"
)

// TestDoctorNotify: a topic or a secret that refreshes are to be told through, and
// that is not there, is named with the command that makes it.
func TestDoctorNotify(t *testing.T) {
	t.Parallel()
	c := newCloud(t, emulator.Options{})
	settings := filepath.Join(c.dir, "gcpdeploy.yaml")
	if err := os.WriteFile(settings, []byte("wheels:\n  notify:\n  - topic:news\n  - webhook:chat:2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.want(t, 0, "", "setup --yes")
	c.want(t, 1, "", "doctor", "✗ notify", "through the topic news: it is not there", "→ gcloud pubsub topics create news --project=my-project",
		"through the secret chat: it is not there", "→ gcloud secrets create chat --project=my-project --data-file=FILE_WITH_THE_URL")
	a := gcp.New(gcp.Config{Endpoints: gcp.Endpoints{Base: c.URL()}, TokenFile: c.TokenFile()})
	t.Cleanup(func() { _ = a.Close() })
	if err := gcp.NewJSON(a, gcp.PubSub).Call(t.Context(), "making a topic", http.MethodPut, "v1/projects/my-project/topics/news", struct{}{}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := secretmanager.New(a, "my-project", "europe-west1").Keep(t.Context(), "chat", []byte("https://hooks.example.com/x")); err != nil {
		t.Fatal(err)
	}
	c.want(t, 1, "", "doctor", "✓ notify", "refreshes are told through the topic news", "✗ roles", "topic news: pubsub.publisher to gcpdeploy-builds")
	c.want(t, 0, "", "setup --print-commands", "gcloud pubsub topics add-iam-policy-binding news --project=my-project --member=serviceAccount:gcpdeploy-builds@my-project.iam.gserviceaccount.com --role=roles/pubsub.publisher")
	c.want(t, 0, "", "setup --yes")
	if got := c.want(t, 0, "", "doctor"); strings.Contains(got, "✗") {
		t.Error(got)
	}
}
