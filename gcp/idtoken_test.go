package gcp

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cloud.google.com/go/auth"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

type tokens map[string]any

// Token implements auth.TokenProvider: an access token, and what came with it.
func (t tokens) Token(context.Context) (*auth.Token, error) {
	return &auth.Token{Value: "access", Metadata: t}, nil
}

func with(t tokens, c Config) *Access {
	a := New(c)
	a.credentials = func() (*auth.Credentials, error) {
		return auth.NewCredentials(&auth.CredentialsOptions{TokenProvider: t}), nil
	}
	return a
}

const service = "https://hello-1.europe-west1.run.app"

func TestIDTokenOfPerson(t *testing.T) {
	t.Parallel()
	if got, err := with(tokens{"id_token": "of the login"}, Config{}).IDToken(t.Context(), service); got != "of the login" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// TestIDTokenOfFile: the token of a file, which is the emulators', goes to this machine only.
func TestIDTokenOfFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("owner\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := New(Config{TokenFile: file})
	if got, err := a.IDToken(t.Context(), "http://127.0.0.1:8080"); got != "owner" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := a.IDToken(t.Context(), service); got != "" || errs.KindOf(err) != errs.Auth {
		t.Errorf("for Google: %q, %v", got, err)
	}
}

// TestIDTokenImpersonated: it is the account's that is impersonated, by way of the
// others, made with our own access.
func TestIDTokenImpersonated(t *testing.T) {
	t.Parallel()
	var asked string
	iam := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Audience  string
			Delegates []string
		}
		_ = json.NewDecoder(r.Body).Decode(&body)
		asked = fmt.Sprint(r.URL.Path, " ", r.Header.Get("Authorization"), " ", body)
		fmt.Fprint(w, `{"token":"the robot's"}`)
	}))
	defer iam.Close()
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("owner\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := New(Config{TokenFile: file, Impersonate: []string{"a@p.iam.gserviceaccount.com", "robot@p.iam.gserviceaccount.com"},
		Endpoints: Endpoints{At: map[API]string{IAMCredentials: iam.URL + "/"}}})
	if got, err := a.IDToken(t.Context(), service); got != "the robot's" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if want := "/v1/projects/-/serviceAccounts/robot@p.iam.gserviceaccount.com:generateIdToken Bearer owner {" + service + " [projects/-/serviceAccounts/a@p.iam.gserviceaccount.com]}"; asked != want {
		t.Errorf("asked for %s, want %s", asked, want)
	}
}

func TestIDTokenOfKey(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 1024) //nolint:gosec // signs for nobody
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parts := strings.Split(r.FormValue("assertion"), ".")
		claims, _ := base64.RawURLEncoding.DecodeString(parts[1])
		var c struct {
			Audience string `json:"target_audience"`
		}
		_ = json.Unmarshal(claims, &c)
		_ = json.NewEncoder(w).Encode(map[string]string{"id_token": "x." + base64.RawURLEncoding.EncodeToString([]byte(`{"exp":4000000000}`)) + "." + c.Audience})
	}))
	defer s.Close()
	file := filepath.Join(t.TempDir(), "key.json")
	data, _ := json.Marshal(map[string]string{
		"type": "service_account", "client_email": "a@p.iam.gserviceaccount.com", "private_key_id": "1", "token_uri": s.URL,
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})),
	})
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", file)
	if got, err := with(nil, Config{}).IDToken(t.Context(), service); !strings.HasSuffix(got, "."+service) || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// TestIDTokenInBuild: the metadata server of a build has access tokens only, so the
// account makes an identity token of its own.
func TestIDTokenInBuild(t *testing.T) {
	may := true
	mux := http.NewServeMux()
	mux.HandleFunc("/computeMetadata/v1/instance/service-accounts/default/email", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Metadata-Flavor", "Google")
		_, _ = w.Write([]byte("builds@p.iam.gserviceaccount.com"))
	})
	mux.HandleFunc("POST /v1/projects/-/serviceAccounts/builds@p.iam.gserviceaccount.com:generateIdToken", func(w http.ResponseWriter, r *http.Request) {
		var body map[string]any
		_ = json.NewDecoder(r.Body).Decode(&body)
		if !may || r.Header.Get("Authorization") != "Bearer access" || body["includeEmail"] != true {
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte(`{"error": {"message": "Permission 'iam.serviceAccounts.getOpenIdToken' denied"}}`))
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"token": body["audience"]})
	})
	s := httptest.NewServer(mux)
	defer s.Close()
	t.Setenv("GCE_METADATA_HOST", strings.TrimPrefix(s.URL, "http://"))
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", "")
	a := with(nil, Config{Endpoints: Endpoints{At: map[API]string{IAMCredentials: s.URL + "/"}}})
	if got, err := a.IDToken(t.Context(), service); got != service || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	may = false
	if _, err := a.IDToken(t.Context(), service); errs.KindOf(err) != errs.Auth || !strings.Contains(err.Error(), "getOpenIdToken") ||
		!strings.Contains(errs.HintOf(err), "Grant roles/iam.serviceAccountOpenIdTokenCreator (for iam.serviceAccounts.getOpenIdToken) on the service account builds@p.iam.gserviceaccount.com to builds@p.iam.gserviceaccount.com") {
		t.Errorf("%v (%s)", err, errs.HintOf(err))
	}
}
