package gcp_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/registry"
	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/gcp/storage"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// calls are one call of each client.
func calls(ctx context.Context, a *gcp.Access) map[string]error {
	store := storage.New(a)
	_, _, digest := registry.New(a, "p", "europe-west1", "r").Digest(ctx, "runtime", "key")
	_, _, service := run.New(a).Get(ctx, "p", "europe-west1", "hello")
	_, build := cloudbuild.New(a, store).Get(ctx, "projects/p/locations/l/builds/b")
	_, object := store.Exists(ctx, "b", "o")
	return map[string]error{"registry": digest, "run": service, "cloudbuild": build, "storage": object}
}

// With Google's endpoints every client can be made from a user's credentials.
// The context has ended, so nothing is sent.
func TestGoogleClients(t *testing.T) {
	file := filepath.Join(t.TempDir(), "adc.json")
	err := os.WriteFile(file, []byte(`{"type":"authorized_user","client_id":"c","client_secret":"s","refresh_token":"r"}`), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", file)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []gcp.Config{
		{},
		{UserAgent: "gcpdeploy/1", QuotaProject: "payer"},
		{TokenFile: token(t, "x")},
		{Endpoints: gcp.Endpoints{At: map[gcp.API]string{gcp.Run: "https://run.example.test/", gcp.Storage: "https://storage.example.test/"}}},
	} {
		for name, err := range calls(ctx, gcp.New(c)) {
			if errs.KindOf(err) != errs.Interrupted {
				t.Errorf("%+v: %s: %v (%v)", c, name, err, errs.KindOf(err))
			}
		}
	}
}

func TestNoCredentials(t *testing.T) {
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/adc.json")
	for name, err := range calls(t.Context(), gcp.New(gcp.Config{})) {
		if errs.KindOf(err) != errs.Auth || !strings.Contains(errs.HintOf(err), "gcloud auth application-default login") {
			t.Errorf("%s: %v (%v), hint %q", name, err, errs.KindOf(err), errs.HintOf(err))
		}
	}
}
