package emulator_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
)

// TestLargeBody: a body that is too large is the caller's fault, also when it
// comes in chunks and does not say its length; clients try 5xx again.
func TestLargeBody(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	if resp := request(t, s, "POST", "/storage/v1/b?project=p", `{"name":"bucket"}`, jsonType); resp.StatusCode != 200 {
		t.Fatal(resp.Status)
	}
	for target, limit := range map[string]int{ // just above, so that the server has read nearly all when it answers
		"/v1/projects/p/locations/global/builds": 8 << 20, "/v1/projects/p/builds": 8 << 20, "/v2/projects/p/locations/l/services?serviceId=x": 8 << 20,
		restPath + "?repositoryId=x": 8 << 20, "/v1/projects/p/secrets?secretId=x": 8 << 20,
		"/storage/v1/b?project=p": 1 << 20, "/upload/storage/v1/b/bucket/o?uploadType=resumable&name=x": 1 << 20,
	} {
		long := `{"name":"` + strings.Repeat("x", limit) + `"}`
		if resp := chunked(t, s, target, long); resp.StatusCode != 400 && resp.StatusCode != 413 {
			t.Errorf("%s: %s", target, resp.Status)
		}
	}
}

// chunked posts JSON without saying how long it is.
func chunked(t *testing.T, s *emulator.Server, target, body string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.Addr()+target, io.MultiReader(strings.NewReader(body)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token(t, s))
	r.Header.Set("Content-Type", "application/json")
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}
