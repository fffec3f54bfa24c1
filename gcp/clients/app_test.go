package clients_test

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
)

// TestSame: a command that is named for somebody to run is for the app that they
// asked about.
func TestSame(t *testing.T) {
	t.Parallel()
	for want, app := range map[string]clients.App{
		"": {Source: "."},
		"--source 'my apps/a' --config b.yaml --env c --local": {Source: "my apps/a", Config: "b.yaml", Env: "c", Local: true},
		"--service api": {Only: []string{"api"}},
		"--service web": {Flags: map[string][]string{"service": {"web"}}},
		"--local":       {Only: []string{"api", "web"}, Local: true},
	} {
		if got := strings.Join(app.Same(), " "); got != want {
			t.Errorf("%+v: %s, want %s", app, got, want)
		}
	}
}
