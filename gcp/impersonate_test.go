package gcp_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

func privateKey(t *testing.T) string {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// TestImpersonate: calls are made with the token of the last account, which was
// asked for with ours, by way of the ones before it; and once.
func TestImpersonate(t *testing.T) {
	t.Parallel()
	var asked []string
	iam := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Delegates, Scope []string
			Lifetime         string
		}
		_ = json.NewDecoder(r.Body).Decode(&body)
		asked = append(asked, fmt.Sprint(r.Method, " ", r.URL.Path, " ", r.Header.Get("Authorization"), " ", body))
		fmt.Fprint(w, `{"accessToken":"the robot's","expireTime":"2999-01-01T00:00:00Z"}`)
	}))
	defer iam.Close()
	s := &services{fail: func(int32) error { return nil }}
	c := serve(t, s)
	c.At = map[gcp.API]string{gcp.IAMCredentials: iam.URL + "/"}
	c.Impersonate = []string{"a@p.iam.gserviceaccount.com", "b@p.iam.gserviceaccount.com", "robot@p.iam.gserviceaccount.com"}
	a := gcp.New(c)
	for range 2 {
		if err := get(t, a); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.who.Load(); got != "Bearer the robot's" {
		t.Errorf("authorization = %q", got)
	}
	want := []string{"POST /v1/projects/-/serviceAccounts/robot@p.iam.gserviceaccount.com:generateAccessToken Bearer secret " +
		"{[projects/-/serviceAccounts/a@p.iam.gserviceaccount.com projects/-/serviceAccounts/b@p.iam.gserviceaccount.com] [https://www.googleapis.com/auth/cloud-platform] 3600s}"}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestMayNotImpersonate: the error of a call by gRPC says what lacks for its token.
func TestMayNotImpersonate(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		kind   errs.Kind
		hint   string
	}{
		"denied":  {http.StatusForbidden, errs.Auth, "Grant roles/iam.serviceAccountTokenCreator (for iam.serviceAccounts.getAccessToken) on the service account robot@p.iam.gserviceaccount.com to the account that you use: `gcloud iam service-accounts add-iam-policy-binding robot@"},
		"missing": {http.StatusNotFound, errs.Auth, "Check the names"},
		"away":    {http.StatusServiceUnavailable, errs.Transient, "run again"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			iam := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(tt.status)
				fmt.Fprintf(w, `{"error":{"code":%d,"message":"as asked","status":"X"}}`, tt.status)
			}))
			defer iam.Close()
			c := serve(t, &services{fail: func(int32) error { return nil }})
			c.At = map[gcp.API]string{gcp.IAMCredentials: iam.URL + "/"}
			c.Impersonate = []string{"robot@p.iam.gserviceaccount.com"}
			c.Clock = poll.NewJumping(time.Unix(0, 0))
			err := get(t, gcp.New(c))
			if errs.KindOf(err) != tt.kind || !strings.Contains(err.Error(), "impersonating robot@p.iam.gserviceaccount.com: as asked") || !strings.Contains(errs.HintOf(err), tt.hint) {
				t.Errorf("%v: %v, hint %q", errs.KindOf(err), err, errs.HintOf(err))
			}
		})
	}
}
