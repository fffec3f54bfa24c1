package credential_test

import (
	"net/http"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/credential"
)

type recorder struct{ login string }

func (r *recorder) RoundTrip(q *http.Request) (*http.Response, error) {
	u, p, _ := q.BasicAuth()
	r.login = u + ":" + p
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}

// TestTransport: only the host that a login is for gets it.
func TestTransport(t *testing.T) {
	t.Parallel()
	s := credential.Sources{
		Hosts: []string{"g", "h"}, Command: command("echo never"),
		Lookup: env(credential.Variable + "=machine h login u password p machine other login o password o"),
	}
	for url, want := range map[string]string{"https://h/x": "u:p", "https://H:8443/x": "u:p", "https://g/x": ":", "https://other/x": ":"} {
		r := &recorder{}
		q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := s.Transport(r).RoundTrip(q)
		if err != nil || r.login != want || q.Header.Get("Authorization") != "" {
			t.Errorf("%s: %q, want %q (%v)", url, r.login, want, err)
		}
		_ = answer.Body.Close()
	}
}
