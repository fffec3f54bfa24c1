package appengine

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/rights"
)

// called sends a request of a route on the project shop, and gives code and answer.
func called(t *testing.T, s *Server, r route) (int, string) {
	t.Helper()
	path := strings.Replace(r.path, "([^/:]+)", "shop", 1)
	path = "/v1/" + regexp.MustCompile(`\(\[\^/:\]\+\)`).ReplaceAllString(path, "x")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), r.method, path, strings.NewReader(`{"id":"shop"}`)))
	return w.Code, w.Body.String()
}

func quietServer(t *testing.T, allow frame.Allow) *Server {
	t.Helper()
	return &Server{file: filepath.Join(t.TempDir(), "apps.json"), records: t.TempDir(), addr: "127.0.0.1:8085", allow: allow, now: time.Now, state: state{}}
}

// TestEveryRouteFails: each method has a knob by its name, which it asks before all else.
func TestEveryRouteFails(t *testing.T) {
	t.Parallel()
	s := quietServer(t, func(context.Context, frame.Access) error { return status.Error(codes.PermissionDenied, "no") })
	seen := map[string]bool{}
	for _, r := range routes {
		if seen[r.name] {
			t.Errorf("two routes are called %s", r.name)
		}
		seen[r.name] = true
		s.Faults.Fail(r.name, 1, codes.Unavailable)
		if code, text := called(t, s, r); code != http.StatusServiceUnavailable || !strings.Contains(text, "fault: "+r.name+" fails as asked") {
			t.Errorf("%s: %d %s", r.name, code, text)
		}
	}
}

// TestEveryRouteIsGuarded: each asks for a permission that there is, on the project.
func TestEveryRouteIsGuarded(t *testing.T) {
	t.Parallel()
	owner, ok := rights.Find("roles/owner")
	if !ok {
		t.Fatal("there are no owners")
	}
	var asked frame.Access
	s := quietServer(t, func(_ context.Context, a frame.Access) error {
		asked = a
		return status.Error(codes.PermissionDenied, "no")
	})
	for _, r := range routes {
		asked = frame.Access{}
		code, text := called(t, s, r)
		if want := (frame.Access{API: api, Project: "shop", Permission: r.permission, Resource: "projects/shop"}); code != http.StatusForbidden || asked != want {
			t.Errorf("%s: %d %s, asked for %v", r.name, code, text, asked)
		}
		if !slices.Contains(owner.Permissions, r.permission) {
			t.Errorf("%s needs %q, which the table of permissions does not have", r.name, r.permission)
		}
	}
}

// TestLostReply: what was asked for is done, and the caller is told that it failed.
func TestLostReply(t *testing.T) {
	t.Parallel()
	s := quietServer(t, func(context.Context, frame.Access) error { return nil })
	s.Faults.Fail("CreateApplication.reply", 1, codes.Unavailable)
	i := slices.IndexFunc(routes, func(r route) bool { return r.name == "CreateApplication" })
	if code, text := called(t, s, routes[i]); code != http.StatusServiceUnavailable {
		t.Errorf("%d %s", code, text)
	}
	if code, text := called(t, s, routes[i]); code != http.StatusConflict {
		t.Errorf("again: %d %s", code, text)
	}
}
