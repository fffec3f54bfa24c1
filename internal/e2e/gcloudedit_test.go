package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	runv1 "google.golang.org/api/run/v1"
)

// gcloudEdit is `gcloud run services update`, as it makes its calls: through the proxy, of
// the API that has the whole service in each of them, and of which it reads and replaces it.
type gcloudEdit struct {
	agent, url, token string
	client            *http.Client
}

func newGcloudEdit(t *testing.T, w *world, service string) *gcloudEdit {
	t.Helper()
	pem, err := os.ReadFile(w.server.CAFile())
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	proxy := http.ProxyURL(&url.URL{Scheme: "http", Host: w.addr})
	transport := &http.Transport{Proxy: proxy, TLSClientConfig: &tls.Config{RootCAs: pool}}
	t.Cleanup(transport.CloseIdleConnections)
	return &gcloudEdit{
		agent: "gcloud", token: w.token(t), client: &http.Client{Transport: transport},
		url: "https://" + region + "-run.googleapis.com/apis/serving.knative.dev/v1/namespaces/" + project + "/services/" + service,
	}
}

// edit sets a variable, a label and the timeout. gcloud ends where something else has changed
// the service meanwhile, and who is told so calls it again.
func (g *gcloudEdit) edit(t *testing.T) {
	t.Helper()
	for {
		s := &runv1.Service{}
		if code, text := g.call(t.Context(), http.MethodGet, nil); code != http.StatusOK || json.Unmarshal(text, s) != nil {
			t.Errorf("gcloud reads the service: %d %s", code, text)
			return
		}
		s.Metadata.Labels["team"] = "x"
		template := s.Spec.Template
		template.Metadata.Name = ""
		if template.Metadata.Labels == nil {
			template.Metadata.Labels = map[string]string{}
		}
		template.Metadata.Labels["team"] = "x"
		template.Metadata.Labels["client.knative.dev/nonce"] = "abcdefghij"
		template.Spec.TimeoutSeconds = 123
		c := template.Spec.Containers[0]
		c.Env = append(c.Env, &runv1.EnvVar{Name: "BY_HAND", Value: "1"})
		switch code, text := g.call(t.Context(), http.MethodPut, s); code {
		case http.StatusOK:
			return
		case http.StatusConflict:
		default:
			t.Errorf("gcloud replaces the service: %d %s", code, text)
			return
		}
	}
}

func (g *gcloudEdit) call(ctx context.Context, method string, body any) (int, []byte) {
	var data []byte
	if body != nil {
		data, _ = json.Marshal(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, g.url, bytes.NewReader(data))
	if err != nil {
		return 0, []byte(err.Error())
	}
	req.Header = http.Header{"User-Agent": {g.agent}, "Authorization": {"Bearer " + g.token}, "Content-Type": {"application/json"}}
	res, err := g.client.Do(req)
	if err != nil {
		return 0, []byte(err.Error())
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, []byte(err.Error())
	}
	return res.StatusCode, []byte(strings.TrimSpace(string(text)))
}
