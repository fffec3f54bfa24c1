package gcp_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// adc makes text the file of application default credentials.
func adc(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "adc.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", file)
	return file
}

func TestIdentity(t *testing.T) {
	const (
		impersonates = `"service_account_impersonation_url":"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/robot@p.iam.gserviceaccount.com:generateAccessToken"`
		user         = `{"type":"authorized_user","client_id":"c","client_secret":"s","refresh_token":"r"`
		pool         = `"type":"external_account","audience":"//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/github","token_url":"https://sts.googleapis.com/v1/token"`
	)
	for _, tt := range []struct {
		name, file string
		config     gcp.Config
		want       gcp.Identity
		text       string
	}{
		{"a user", user + `}`, gcp.Config{}, gcp.Identity{Kind: "user", User: true}, "user"},
		{"a user that the file names", user + `,"account":"ada@example.com","quota_project_id":"payer"}`, gcp.Config{},
			gcp.Identity{Kind: "user", User: true, Email: "ada@example.com", QuotaProject: "payer"}, "ada@example.com, user"},
		{"a quota project that is given wins", user + `,"quota_project_id":"payer"}`, gcp.Config{QuotaProject: "other"},
			gcp.Identity{Kind: "user", User: true, QuotaProject: "other"}, "user"},
		{"a key", `{"type":"service_account","client_email":"robot@p.iam.gserviceaccount.com","token_uri":"https://oauth2.googleapis.com/token"}`, gcp.Config{},
			gcp.Identity{Kind: "service account key", Email: "robot@p.iam.gserviceaccount.com"}, "robot@p.iam.gserviceaccount.com, service account key"},
		{"federation", `{` + pool + `}`, gcp.Config{},
			gcp.Identity{Kind: "workload identity federation", Principal: "projects/1/locations/global/workloadIdentityPools/ci/providers/github"},
			"projects/1/locations/global/workloadIdentityPools/ci/providers/github, workload identity federation"},
		{"federation to an account", `{` + pool + `,` + impersonates + `}`, gcp.Config{},
			gcp.Identity{Kind: "workload identity federation", Email: "robot@p.iam.gserviceaccount.com", Chain: []string{"robot@p.iam.gserviceaccount.com"}},
			"robot@p.iam.gserviceaccount.com, workload identity federation"},
		{"a file that impersonates", `{"type":"impersonated_service_account",` + impersonates + `,"delegates":["projects/-/serviceAccounts/a@p.iam.gserviceaccount.com"],"source_credentials":` + user + `}}`, gcp.Config{},
			gcp.Identity{Kind: "impersonated service account", Email: "robot@p.iam.gserviceaccount.com", Chain: []string{"a@p.iam.gserviceaccount.com", "robot@p.iam.gserviceaccount.com"}},
			"robot@p.iam.gserviceaccount.com by way of a@p.iam.gserviceaccount.com, impersonated service account"},
		{"a setting that impersonates", user + `}`, gcp.Config{Impersonate: []string{"robot@p.iam.gserviceaccount.com"}},
			gcp.Identity{Kind: "impersonated by user", Email: "robot@p.iam.gserviceaccount.com", Chain: []string{"robot@p.iam.gserviceaccount.com"}},
			"robot@p.iam.gserviceaccount.com, impersonated by user"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := adc(t, tt.file)
			got, err := tt.config.Identity()
			if err != nil {
				t.Fatal(err)
			}
			if got.From != "GOOGLE_APPLICATION_CREDENTIALS ("+file+")" || got.Since.IsZero() {
				t.Errorf("from %q, since %v", got.From, got.Since)
			}
			if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(gcp.Identity{}, "From", "Since")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if got.String() != tt.text {
				t.Errorf("String() = %q, want %q", got, tt.text)
			}
		})
	}
}

// TestIdentityFromGcloudsFolder: gcloud writes the file to the folder that its
// variable names, and Google's library for Go does not look there.
func TestIdentityFromGcloudsFolder(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", "")
	t.Setenv("CLOUDSDK_CONFIG", dir)
	if id, err := (gcp.Config{}).Identity(); err != nil || id.From != "the metadata server" {
		t.Errorf("no file: %+v, %v", id, err)
	}
	file := filepath.Join(dir, "application_default_credentials.json")
	if err := os.WriteFile(file, []byte(`{"type":"authorized_user"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if id, err := (gcp.Config{}).Identity(); err != nil || id.From != file || id.Kind != "user" {
		t.Errorf("a file: %+v, %v", id, err)
	}
	if id, err := (gcp.Config{TokenFile: "/run/token"}).Identity(); err != nil || id.From != "/run/token" || id.Kind != "access token" {
		t.Errorf("a token file wins: %+v, %v", id, err)
	}
}

func TestUnusableCredentials(t *testing.T) {
	for name, tt := range map[string]struct{ file, text string }{
		"no JSON":          {"{", "holds no credentials"},
		"no type":          {"{}", `type is ""`},
		"an odd type":      {`{"type":"odd"}`, `type is "odd"`},
		"plain HTTP":       {`{"type":"external_account","token_url":"http://sts.example.com/token"}`, "no https address"},
		"plain HTTP below": {`{"type":"impersonated_service_account","source_credentials":{"type":"service_account","token_uri":"http://example.com/"}}`, "no https address"},
	} {
		t.Run(name, func(t *testing.T) {
			adc(t, tt.file)
			_, err := gcp.New(gcp.Config{}).Token(t.Context())
			if errs.KindOf(err) != errs.Auth || !strings.Contains(err.Error(), tt.text) || errs.HintOf(err) == "" {
				t.Errorf("%v, hint %q", err, errs.HintOf(err))
			}
			if _, ierr := (gcp.Config{}).Identity(); ierr == nil || ierr.Error() != err.Error() {
				t.Errorf("identity: %v", ierr)
			}
		})
	}
}

// google is a stand-in for the servers that make tokens.
func google(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	answer := func(path, format string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Metadata-Flavor", "Google")
			_ = r.ParseForm()
			fmt.Fprintf(w, format, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")+r.Form.Get("subject_token"))
		})
	}
	answer("/token", `{"access_token":"of the key%s","token_type":"Bearer","expires_in":3600}`)
	answer("/sts", `{"access_token":"for %s","token_type":"Bearer","expires_in":3600,"issued_token_type":"urn:ietf:params:oauth:token-type:access_token"}`)
	answer("/v1/projects/-/serviceAccounts/robot@p.iam.gserviceaccount.com:generateAccessToken", `{"accessToken":"robot by %s","expireTime":"2999-01-01T00:00:00Z"}`)
	answer("/computeMetadata/v1/instance/service-accounts/default/token", `{"access_token":"of the machine%s","token_type":"Bearer","expires_in":3600}`)
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

// TestFormsOfCredentials: a token is got by every kind of file, and from the
// machine's own server.
func TestFormsOfCredentials(t *testing.T) {
	at := google(t)
	subject := filepath.Join(t.TempDir(), "subject")
	if err := os.WriteFile(subject, []byte("a CI job"), 0o600); err != nil {
		t.Fatal(err)
	}
	key := fmt.Sprintf(`{"type":"service_account","client_email":"robot@p.iam.gserviceaccount.com","private_key":%q,"token_uri":"%s/token"}`, privateKey(t), at)
	pool := fmt.Sprintf(`"type":"external_account","audience":"//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/github",
		"subject_token_type":"urn:ietf:params:oauth:token-type:jwt","token_url":"%s/sts","credential_source":{"file":%q}`, at, subject)
	robot := fmt.Sprintf(`"service_account_impersonation_url":"%s/v1/projects/-/serviceAccounts/robot@p.iam.gserviceaccount.com:generateAccessToken"`, at)
	for _, tt := range []struct{ name, file, want string }{
		{"key", key, "of the key"},
		{"federation", "{" + pool + "}", "for a CI job"},
		{"federation to an account", "{" + pool + "," + robot + "}", "robot by for a CI job"},
		{"a file that impersonates", `{"type":"impersonated_service_account",` + robot + `,"source_credentials":` + key + `}`, "robot by of the key"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			adc(t, tt.file)
			a := gcp.New(gcp.Config{})
			if got, err := a.Token(t.Context()); got != tt.want || err != nil {
				t.Errorf("Token() = %q, %v, want %q", got, err, tt.want)
			}
			if at, err := a.Expiry(t.Context()); err != nil || time.Until(at) < time.Minute {
				t.Errorf("Expiry() = %v, %v", at, err)
			}
		})
	}
	t.Run("metadata server", func(t *testing.T) {
		t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", "")
		t.Setenv("CLOUDSDK_CONFIG", t.TempDir())
		t.Setenv("GCE_METADATA_HOST", strings.TrimPrefix(at, "http://"))
		if got, err := gcp.New(gcp.Config{}).Token(t.Context()); got != "of the machine" || err != nil {
			t.Errorf("Token() = %q, %v", got, err)
		}
	})
}
