package metadata_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	real "cloud.google.com/go/compute/metadata"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/metadata"
)

var instance = metadata.Instance{
	ID: "123456789", Project: "my-project", Number: "987654321012", Region: "europe-west1", Account: "builds@my-project.iam.gserviceaccount.com",
	Token:    func() (string, time.Duration) { return "ya29.token", time.Hour },
	Identity: func(audience string) (string, error) { return "for " + audience, nil },
}

func serve(t *testing.T, from func(*http.Request) (metadata.Instance, bool)) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(metadata.Handler(from))
	t.Cleanup(s.Close)
	return s
}

func known(*http.Request) (metadata.Instance, bool) { return instance, true }

// TestGoClient: Google's own client reads what it asks for, wherever it thinks
// that the server is.
func TestGoClient(t *testing.T) {
	t.Parallel()
	s := serve(t, known)
	c := real.NewClient(&http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, s.Listener.Addr().String())
	}}})
	for want, ask := range map[string]func(context.Context) (string, error){
		"my-project": c.ProjectIDWithContext, "987654321012": c.NumericProjectIDWithContext, "123456789": c.InstanceIDWithContext,
		"europe-west1-b": c.ZoneWithContext,
		"builds@my-project.iam.gserviceaccount.com": func(ctx context.Context) (string, error) { return c.EmailWithContext(ctx, "default") },
		"googleapis.com": func(ctx context.Context) (string, error) { return c.GetWithContext(ctx, "universe/universe-domain") },
		"for https://x": func(ctx context.Context) (string, error) {
			return c.GetWithContext(ctx, "instance/service-accounts/default/identity?audience=https://x&format=full")
		},
		"build-123456789.c.my-project.internal": c.HostnameWithContext,
	} {
		if got, err := ask(t.Context()); got != want || err != nil {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
	if got, err := c.ScopesWithContext(t.Context(), "default"); err != nil || !slices.Equal(got, []string{metadata.Scope}) {
		t.Errorf("scopes %q, %v", got, err)
	}
	if _, err := c.GetWithContext(t.Context(), "instance/attributes/none"); err == nil || !strings.Contains(err.Error(), "not defined") {
		t.Errorf("what is not there: %v", err)
	}
	// By this header the client knows the server. Its OnGCE also asks DNS, and takes
	// whichever answer is there first.
	r, err := http.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if got := r.Header.Get("Metadata-Flavor"); got != "Google" {
		t.Errorf("the server calls itself %q", got)
	}
}

// TestAnswers: what scripts and Google's other clients ask for.
func TestAnswers(t *testing.T) {
	t.Parallel()
	s := serve(t, known)
	for path, want := range map[string]string{
		"/":                     "computeMetadata/\n",
		"/computeMetadata/v1/":  "instance/\nproject/\nuniverse/\n",
		"/computeMetadata/v1/x": "404",
		"/computeMetadata/v1beta1/project/project-id":                                                     "404",
		"/computeMetadata/v1/project":                                                                     "attributes/\nnumeric-project-id\nproject-id\n",
		"/computeMetadata/v1/project/project-id/":                                                         "my-project",
		"/computeMetadata/v1/project/project-id/x":                                                        "404",
		"/computeMetadata/v1/instance/region":                                                             "projects/987654321012/regions/europe-west1",
		"/computeMetadata/v1/instance/service-accounts/":                                                  "builds@my-project.iam.gserviceaccount.com/\ndefault/\n",
		"/computeMetadata/v1/instance/service-accounts/default/":                                          "aliases\nemail\nidentity\nscopes\ntoken\n",
		"/computeMetadata/v1/instance/service-accounts/default/?recursive=true":                           `{"aliases":["default"],"email":"builds@my-project.iam.gserviceaccount.com","scopes":["https://www.googleapis.com/auth/cloud-platform"]}` + "\n",
		"/computeMetadata/v1/instance/service-accounts/default/scopes":                                    "https://www.googleapis.com/auth/cloud-platform\n",
		"/computeMetadata/v1/instance/service-accounts/default/token":                                     `{"access_token":"ya29.token","expires_in":3600,"token_type":"Bearer"}` + "\n",
		"/computeMetadata/v1/instance/service-accounts/builds@my-project.iam.gserviceaccount.com/token?x": `{"access_token":"ya29.token","expires_in":3600,"token_type":"Bearer"}` + "\n",
		"/computeMetadata/v1/instance/service-accounts/other@x/token":                                     "404",
		"/computeMetadata/v1/instance/service-accounts/default/identity":                                  "400",
		"/computeMetadata/v1/project/numeric-project-id?alt=json":                                         "987654321012\n",
	} {
		if got := ask(t, s.URL+path, http.MethodGet, "Metadata-Flavor", "Google"); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	var all struct {
		Project struct {
			ID string `json:"project-id"`
		}
		Instance struct{ ID json.Number }
	}
	if err := json.Unmarshal([]byte(ask(t, s.URL+"/computeMetadata/v1/?recursive=true", http.MethodGet, "Metadata-Flavor", "Google")), &all); err != nil || all.Project.ID != "my-project" || all.Instance.ID != "123456789" {
		t.Errorf("%+v, %v", all, err)
	}
}

// TestRefused: what a page could send, what a proxy could be talked into, and who
// is no step of a build.
func TestRefused(t *testing.T) {
	t.Parallel()
	s := serve(t, known)
	token := "/computeMetadata/v1/instance/service-accounts/default/token"
	for name, got := range map[string]string{
		"without the header": ask(t, s.URL+token, http.MethodGet),
		"of a page":          ask(t, s.URL+token, http.MethodGet, "Metadata-Flavor", "Google", "Origin", "http://evil.example"),
		"forwarded":          ask(t, s.URL+token, http.MethodGet, "Metadata-Flavor", "Google", "X-Forwarded-For", "10.0.0.1"),
		"another's header":   ask(t, s.URL+token, http.MethodGet, "Metadata-Flavor", "Amazon"),
		"of a stranger": ask(t, serve(t, func(*http.Request) (metadata.Instance, bool) { return instance, false }).URL+token,
			http.MethodGet, "Metadata-Flavor", "Google"),
	} {
		if got != "403" {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := ask(t, s.URL+token, http.MethodPost, "Metadata-Flavor", "Google"); got != "405" {
		t.Errorf("a POST: %q", got)
	}
}

// ask gives the body of an answer, or the status that is none of success.
func ask(t *testing.T, url, method string, headers ...string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.Header.Get("Metadata-Flavor") != "Google" {
		t.Errorf("%s: it does not say that it is a metadata server", url)
	}
	if res.StatusCode != http.StatusOK {
		if strings.Contains(string(body), "ya29.token") {
			t.Errorf("%s: a token in %s", url, body)
		}
		return strings.Fields(res.Status)[0]
	}
	return string(body)
}
