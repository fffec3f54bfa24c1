package emulator_test

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// start runs emulators on a folder of the test's own, or on dir.
func start(t *testing.T, dir string) *emulator.Server {
	t.Helper()
	if dir == "" {
		dir = t.TempDir()
	}
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

func stop(t *testing.T, s *emulator.Server) {
	t.Helper()
	if err := s.Close(context.WithoutCancel(t.Context())); err != nil {
		t.Errorf("close: %v", err)
	}
}

func token(t *testing.T, s *emulator.Server) string {
	t.Helper()
	data, err := os.ReadFile(s.TokenFile())
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// request is one raw call; header lines are "Name: value". The token is added
// unless a line says otherwise.
func request(t *testing.T, s *emulator.Server, method, target, body string, header ...string) *http.Response {
	t.Helper()
	var r *http.Request
	var err error
	url := "http://" + s.Addr() + target
	if body == "" {
		r, err = http.NewRequestWithContext(t.Context(), method, url, nil)
	} else {
		r, err = http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	}
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token(t, s))
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		switch {
		case name == "Host":
			r.Host = value
		case value == "":
			r.Header.Del(name)
		default:
			r.Header.Set(name, value)
		}
	}
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

func TestStateSurvivesARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, dir)
	first := []string{s.Addr(), token(t, s), s.StateID()}
	resp := request(t, s, "POST", "/storage/v1/b?project=p", `{"name":"p_cloudbuild"}`, "Content-Type: application/json")
	if resp.StatusCode != 200 {
		t.Fatal(resp.Status)
	}
	if _, err := emulator.Start(t.Context(), emulator.Options{Dir: dir}); err == nil {
		t.Error("two servers on one state")
	}
	stop(t, s)
	s = start(t, dir)
	if got := []string{s.Addr(), token(t, s), s.StateID()}; strings.Join(got, " ") != strings.Join(first, " ") {
		t.Errorf("after a restart %q, before %q", got, first)
	}
	if resp := request(t, s, "GET", "/storage/v1/b/p_cloudbuild", ""); resp.StatusCode != 200 {
		t.Error(resp.Status)
	}
	for name, mode := range map[string]os.FileMode{s.TokenFile(): 0o600, s.DockerConfigDir() + "/config.json": 0o600, s.CAFile(): 0o644} {
		if fi, err := os.Stat(name); err != nil || fi.Mode().Perm() != mode {
			t.Errorf("%s: %v %v", name, fi.Mode(), err)
		}
	}
}

// Scripts read these names from `local status --json`.
func TestEndpoints(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	for _, name := range []string{"artifactregistry", "cloudbilling", "cloudbuild", "cloudresourcemanager", "iam", "iamcredentials", "logging", "orgpolicy", "serviceusage", "registry", "run", "secretmanager", "storage"} {
		if got := s.Endpoints()[name]; got != "http://"+s.Addr()+"/" {
			t.Errorf("%s is at %q", name, got)
		}
	}
}

// What `gcpdeploy local token` prints is known to the server.
func TestTokenOf(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	text, err := emulator.TokenOf(s.TokenFile(), "user:ada@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if resp := request(t, s, "GET", "/v1/projects/p", "", "Authorization: Bearer "+text); resp.StatusCode != 200 {
		t.Errorf("without enforcement everybody may: %s", resp.Status)
	}
	for _, bad := range []string{"", "ada@example.com", "allUsers", "user:ada"} {
		if _, err := emulator.TokenOf(s.TokenFile(), bad); errs.KindOf(err) != errs.Usage {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
