package gcp_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/gcp"
)

func lookup(env []string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for _, line := range env {
			if k, v, _ := strings.Cut(line, "="); k == name {
				return v, true
			}
		}
		return "", false
	}
}

func TestEnvironmentRoundTrip(t *testing.T) {
	t.Parallel()
	for _, c := range []gcp.Config{
		{},
		{TokenFile: "/run/token", Endpoints: gcp.Endpoints{At: map[gcp.API]string{
			gcp.CloudBuild: "http://127.0.0.1:1/", gcp.Storage: "http://127.0.0.1:2/", gcp.ArtifactRegistry: "http://127.0.0.1:3/",
			gcp.Run: "http://127.0.0.1:4/", gcp.Logging: "http://127.0.0.1:6/", gcp.Registry: "http://127.0.0.1:5/",
		}}},
		{Endpoints: gcp.Endpoints{At: map[gcp.API]string{gcp.Run: "https://run.example.test/"}}},
		{Endpoints: gcp.Endpoints{Base: "http://127.0.0.1:1/", At: map[gcp.API]string{gcp.Run: "http://127.0.0.1:2/"}}},
	} {
		if diff := cmp.Diff(c, gcp.FromEnvironment(lookup(c.Environment()))); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}

// One variable moves all APIs, one of an API's own moves that one.
func TestEndpoint(t *testing.T) {
	t.Parallel()
	c := gcp.FromEnvironment(lookup([]string{
		"GCPDEPLOY_ENDPOINT=http://127.0.0.1:1/", "CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN=http://127.0.0.1:2/", "GCPDEPLOY_REGISTRY=127.0.0.1:3",
	}))
	for api, want := range map[gcp.API]string{
		gcp.CloudBuild: "http://127.0.0.1:1/", gcp.Run: "http://127.0.0.1:2/", gcp.Registry: "127.0.0.1:3", "anew": "http://127.0.0.1:1/",
	} {
		if got := c.Endpoint(api); got != want {
			t.Errorf("Endpoint(%s) = %q, want %q", api, got, want)
		}
	}
	if got := (gcp.Config{}).Endpoint(gcp.Run); got != "" {
		t.Errorf("Endpoint = %q, want Google's", got)
	}
}

func TestRepository(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ registry, project, want string }{
		{"", "p", "europe-west1-docker.pkg.dev/p/gcpdeploy"},
		{"", "example.com:p", "europe-west1-docker.pkg.dev/example.com/p/gcpdeploy"},
		{"http://127.0.0.1:8085/", "p", "127.0.0.1:8085/p/gcpdeploy"},
		{"127.0.0.1:8085", "p", "127.0.0.1:8085/p/gcpdeploy"},
	} {
		c := gcp.Config{Endpoints: gcp.Endpoints{At: map[gcp.API]string{gcp.Registry: tt.registry}}}
		if got := c.Repository(tt.project, "europe-west1", "gcpdeploy"); got != tt.want {
			t.Errorf("Repository(%q, %q) = %q, want %q", tt.registry, tt.project, got, tt.want)
		}
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	for endpoint, quick := range map[string]bool{
		"": false, "http://127.0.0.1:80/": true, "http://localhost:80/": true, "http://[::1]:80": true,
		"https://run.googleapis.com/": false, "http://127.0.0.1.example.com/": false,
	} {
		if got := (gcp.Config{}).Backoff(endpoint).Max < time.Second; got != quick {
			t.Errorf("Backoff(%q) quick = %v, want %v", endpoint, got, quick)
		}
	}
}
