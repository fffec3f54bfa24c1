package cmd_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPlanSaysWhere: what decided project, region, account and credentials is told
// where the command line does not.
func TestPlanSaysWhere(t *testing.T) {
	t.Parallel()
	env := google(t)
	gcloud := t.TempDir()
	if err := os.MkdirAll(filepath.Join(gcloud, "configurations"), 0o755); err != nil {
		t.Fatal(err)
	}
	text := "[core]\naccount = ada@example.com\nproject = from-gcloud\n[run]\nregion = europe-west4\n"
	if err := os.WriteFile(filepath.Join(gcloud, "configurations", "config_default"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	env["CLOUDSDK_CONFIG"], env["GCPDEPLOY_STATE_DIR"] = gcloud, t.TempDir()
	app := smallApp(t, map[string]string{"gcpdeploy.yaml": "service: hello\npython: '3.12'\nentrypoint: [python]\n"})

	exit, stdout, stderr := inProcess(t.Context(), env, t.TempDir(), "plan", "--source", app, "--region", "europe-west1")
	if exit != 0 {
		t.Fatalf("exit %d\n%s", exit, stderr)
	}
	for _, line := range []string{
		"\n  project        from-gcloud  (gcloud's config_default)\n", "\n  account        ada@example.com  (gcloud's config_default)\n",
		"\n  credentials    access token  (" + env["CLOUDSDK_AUTH_ACCESS_TOKEN_FILE"] + ")\n",
	} {
		if !strings.Contains(stdout, line) {
			t.Errorf("no line %q in\n%s", line, stdout)
		}
	}
	if strings.Contains(stdout, "\n  region ") {
		t.Errorf("the region is a flag, and is told:\n%s", stdout)
	}

	denies := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusForbidden) }))
	defer denies.Close()
	env["CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS"] = denies.URL
	exit, _, stderr = inProcess(t.Context(), env, t.TempDir(), "plan", "--source", app, "--impersonate-service-account", "a@p.iam.gserviceaccount.com,b@p.iam.gserviceaccount.com")
	if exit != 4 || !strings.Contains(stderr, "impersonating b@p.iam.gserviceaccount.com") {
		t.Errorf("the flag does nothing: exit %d\n%s", exit, stderr)
	}
	exit, _, stderr = inProcess(t.Context(), env, t.TempDir(), "plan", "--local", "--source", app, "--impersonate-service-account", "a@p.iam.gserviceaccount.com")
	if exit != 2 || !strings.Contains(stderr, "--impersonate-service-account and --local exclude each other") {
		t.Errorf("the flag is passed over in silence: exit %d\n%s", exit, stderr)
	}
	exit, stdout, stderr = inProcess(t.Context(), env, t.TempDir(), "plan", "--source", app, "--json")
	var p struct {
		Service string
		Where   map[string]struct{ Value, From, Kind string }
	}
	if err := json.Unmarshal([]byte(stdout), &p); err != nil || exit != 0 {
		t.Fatalf("exit %d, %v\n%s", exit, err, stderr)
	}
	if got := p.Where["region"]; p.Service != "hello" || got.Value != "europe-west4" || got.From != "gcloud's config_default" || p.Where["credentials"].Kind != "access token" {
		t.Errorf("%+v", p)
	}

	env["CLOUDSDK_AUTH_DISABLE_CREDENTIALS"] = "true"
	exit, _, stderr = inProcess(t.Context(), env, t.TempDir(), "plan", "--source", app)
	if exit != 4 || !strings.Contains(stderr, "CLOUDSDK_AUTH_DISABLE_CREDENTIALS") || !strings.Contains(stderr, "hint: Run `gcloud config unset") {
		t.Errorf("exit %d\n%s", exit, stderr)
	}
}
