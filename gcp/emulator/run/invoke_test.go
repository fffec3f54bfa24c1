package run_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/orgpolicy"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/registry"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/rights"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/run"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/secretmanager"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/storage"
)

// TestInvoke: a service answers who its policy lets call it. A service without a
// container answers 503, which is all that counts here.
func TestInvoke(t *testing.T) {
	t.Parallel()
	const owner, audience = "the-token", "http://hello.localhost:8123"
	clock := func() time.Time { return time.Unix(1e9, 0) }
	f := frame.Frame{
		Dir: t.TempDir(), Addr: "127.0.0.1:8123", Token: owner, Tokens: frame.Tokens{Secret: owner, Now: clock}, Now: clock, Log: slog.New(slog.DiscardHandler),
		Allow: func(context.Context, frame.Access) error { return nil },
	}
	for _, open := range []func(frame.Frame) (frame.Service, error){rights.Service, orgpolicy.Service, storage.Service, registry.Service, secretmanager.Service} {
		f.Dir = t.TempDir()
		svc, err := open(f)
		if err != nil {
			t.Fatal(err)
		}
		f.Beside = append(f.Beside, svc)
	}
	f.Dir = t.TempDir()
	opened, err := run.Service(f)
	if err != nil {
		t.Fatal(err)
	}
	e := serve(t, opened.Server.(*run.Server))
	private := &runpb.Service{Template: service(&runpb.Container{Image: image}).Template}
	_, _ = e.create("hello", private)
	name := parent + "/services/hello"

	identity := func(secret, email, audience string, at time.Time) string {
		token, err := frame.Tokens{Secret: secret, Now: func() time.Time { return at }}.Identity(email, audience, at.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	alice := identity(owner, "alice@example.com", audience, clock())
	bot := identity(owner, "bot@demo.iam.gserviceaccount.com", "32555940559.apps.googleusercontent.com", clock())
	access := f.Tokens.Access("user:alice@example.com", clock().Add(time.Minute))
	members := func(role string, who ...string) []*iampb.Binding { return []*iampb.Binding{{Role: role, Members: who}} }
	for _, tt := range []struct {
		name    string
		policy  []*iampb.Binding
		header  string
		value   string
		want    int
		becomes string // the header as the app gets it
	}{
		{"nobody says who it is", nil, "", "", 403, ""},
		{"the owner", nil, "Authorization", "Bearer " + owner, 503, ""},
		{"the owner, in the other header", nil, "X-Serverless-Authorization", "bearer " + owner, 503, ""},
		{"the owner, as docker", nil, "Authorization", "Basic b2F1dGgyYWNjZXNzdG9rZW46dGhlLXRva2Vu", 503, ""},
		{"everybody", members("roles/run.invoker", "allUsers"), "", "", 503, ""},
		{"everybody, and a token of the app's own", members("roles/run.invoker", "allUsers"), "Authorization", "Bearer app", 503, "Bearer app"},
		{"everybody, another role", members("roles/run.viewer", "allUsers"), "", "", 403, ""},
		{"somebody", members("roles/run.invoker", "user:alice@example.com"), "Authorization", "Bearer " + alice, 503, strings.TrimSuffix("Bearer "+alice, alice[strings.LastIndexByte(alice, '.')+1:]) + "SIGNATURE_REMOVED_BY_GOOGLE"},
		{"somebody, with a token for APIs", members("roles/run.invoker", "user:alice@example.com"), "Authorization", "Bearer " + access, 503, ""},
		{"nobody, where one must say who", members("roles/run.invoker", "allAuthenticatedUsers"), "", "", 403, ""},
		{"somebody else", members("roles/run.invoker", "user:bob@example.com"), "Authorization", "Bearer " + alice, 403, ""},
		{"anybody who says who", members("roles/run.invoker", "allAuthenticatedUsers"), "Authorization", "Bearer " + alice, 503, strings.TrimSuffix("Bearer "+alice, alice[strings.LastIndexByte(alice, '.')+1:]) + "SIGNATURE_REMOVED_BY_GOOGLE"},
		{"a service account, gcloud's audience", members("roles/run.servicesInvoker", "serviceAccount:bot@demo.iam.gserviceaccount.com"), "X-Serverless-Authorization", "Bearer " + bot, 503, strings.TrimSuffix("Bearer "+bot, bot[strings.LastIndexByte(bot, '.')+1:]) + "SIGNATURE_REMOVED_BY_GOOGLE"},
		{"another audience", members("roles/run.invoker", "user:alice@example.com"), "Authorization", "Bearer " + identity(owner, "alice@example.com", "https://other", clock()), 401, ""},
		{"expired", members("roles/run.invoker", "user:alice@example.com"), "Authorization", "Bearer " + identity(owner, "alice@example.com", audience, clock().Add(-time.Hour)), 401, ""},
		{"signed by another", members("roles/run.invoker", "user:alice@example.com"), "Authorization", "Bearer " + identity("x", "alice@example.com", audience, clock()), 401, ""},
		{"no token at all", nil, "Authorization", "Bearer ya29.something", 401, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := e.services.GetIamPolicy(t.Context(), &iampb.GetIamPolicyRequest{Resource: name})
			if err != nil {
				t.Fatal(err)
			}
			p.Bindings = tt.policy
			if _, err := e.services.SetIamPolicy(t.Context(), &iampb.SetIamPolicyRequest{Resource: name, Policy: p}); err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest(http.MethodGet, audience+"/a<b", nil)
			if tt.header != "" {
				r.Header.Set(tt.header, tt.value)
			}
			w := httptest.NewRecorder()
			opened.App(r.Host).ServeHTTP(w, r)
			if w.Code != tt.want {
				t.Errorf("%d, want %d\n%s", w.Code, tt.want, w.Body)
			}
			if got := r.Header.Get(tt.header); w.Code == 503 && tt.header != "" && got != tt.becomes {
				t.Errorf("the app gets %q, want %q", got, tt.becomes)
			}
			if body := w.Body.String(); w.Code == 403 && (!strings.Contains(body, "does not have permission to get URL <code>/a&lt;b</code>") || !strings.Contains(body, "gcpdeploy open")) {
				t.Errorf("a browser shows %s", body)
			}
			if got := w.Header().Get("WWW-Authenticate"); (w.Code == 401) != strings.Contains(got, "invalid_token") {
				t.Errorf("WWW-Authenticate: %s", got)
			}
		})
	}
}
