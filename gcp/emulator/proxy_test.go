package emulator_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
)

// tunnelled is a client that reaches Google's hosts as gcloud does: through the
// proxy, trusting its authority.
func tunnelled(t *testing.T, s *emulator.Server) *http.Client {
	t.Helper()
	ca, err := os.ReadFile(s.CAFile())
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		t.Fatal("no certificate in the CA file")
	}
	tr := &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: s.Addr()}), ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: pool}}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

func TestProxy(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	c := tunnelled(t, s)
	if resp := request(t, s, "POST", "/storage/v1/b?project=p", `{"name":"bucket"}`, jsonType); resp.StatusCode != 200 {
		t.Fatal(resp.Status)
	}
	for _, test := range []struct {
		name, url, host, auth, origin string
		status                        int
		text                          string
	}{
		{"storage", "https://storage.googleapis.com/storage/v1/b/bucket", "", "ok", "", 200, `"id":"bucket"`},
		{"object", "https://storage.googleapis.com/bucket/none.txt", "", "ok", "", 404, "<Code>NoSuchKey</Code>"},
		{"object that looks like an API's", "https://storage.googleapis.com/v2/x", "", "ok", "", 400, "<Error>"},
		{"build", "https://cloudbuild.googleapis.com/v1/projects/my-project/locations/global/builds", "", "ok", "", 200, "{}"},
		{"registry", "https://artifactregistry.googleapis.com" + restPath, "", "ok", "", 200, "{}"},
		{"run", "https://europe-west1-run.googleapis.com/v2/projects/p/locations/europe-west1/services", "", "ok", "", 200, "{}"},
		{"usage", "https://serviceusage.googleapis.com/v1/projects/p/services/run.googleapis.com", "", "ok", "", 200, `ENABLED`},
		{"projects", "https://cloudresourcemanager.googleapis.com/v1/projects/p", "", "ok", "", 200, `"lifecycleState":"ACTIVE"`},
		{"what is not emulated", "https://pubsub.googleapis.com/v1/projects/p/snapshotters", "", "ok", "", 404, `"status":"NOT_FOUND"`},
		{"no token", "https://storage.googleapis.com/storage/v1/b/bucket", "", "", "", 401, `"reason":"authError"`},
		{"wrong token", "https://cloudbuild.googleapis.com/v1/projects/my-project/locations/global/builds", "", "Bearer no", "", 401, "UNAUTHENTICATED"},
		{"origin", "https://cloudbuild.googleapis.com/v1/projects/my-project/locations/global/builds", "", "ok", "https://evil.example", 403, "PERMISSION_DENIED"},
		{"another host inside", "https://storage.googleapis.com/storage/v1/b/bucket", "evil.example", "ok", "", 403, ""},
		{"another of Google's hosts inside", "https://storage.googleapis.com/storage/v1/b/bucket", "run.googleapis.com", "ok", "", 403, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, test.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			if test.host != "" {
				r.Host = test.host
			}
			if test.auth == "ok" {
				test.auth = "Bearer " + token(t, s)
			}
			r.Header.Set("Authorization", test.auth)
			if test.origin != "" {
				r.Header.Set("Origin", test.origin)
			}
			resp, err := c.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != test.status || !strings.Contains(string(body), test.text) {
				t.Errorf("%s, not %d:\n%s", resp.Status, test.status, body)
			}
			if resp.ProtoMajor != 2 {
				t.Error("not HTTP/2")
			}
		})
	}
}

func TestProxyLeadsToGoogleOnly(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	for target, header := range map[string]string{
		"example.com:443": "", "storage.googleapis.com:80": "", "googleapis.com.evil.example:443": "", "127.0.0.1:22": "", "pypi.org:443": "",
		"a.b.googleapis.com:443": "", "cloudbuild.googleapis.com:443": "Origin: https://evil.example\r\n",
	} {
		if resp := raw(t, s, "CONNECT "+target+" HTTP/1.1\r\nHost: "+target+"\r\n"+header+"\r\n"); resp.StatusCode != 403 {
			t.Errorf("CONNECT %s: %s", target, resp.Status)
		}
	}
}
