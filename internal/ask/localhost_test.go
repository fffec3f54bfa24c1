package ask_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/ask"
)

// TestLocalhost: names below localhost lead to this machine, whatever the resolver says.
func TestLocalhost(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Host) }))
	defer server.Close()
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	url := strings.Replace(server.URL, "127.0.0.1", "v1-dot-shop.localhost", 1)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := ask.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err != nil || "http://"+string(body) != url {
		t.Errorf("%q, %v", body, err)
	}
	if r := ask.HTTP(t.Context(), ask.Question{URL: url}); r.Status != http.StatusOK {
		t.Errorf("%+v", r)
	}
}
