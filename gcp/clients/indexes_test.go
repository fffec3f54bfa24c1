package clients

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp"
)

// TestCloudLogin: this machine asks with the user's own token, which builds get only
// where they have none; a step asks with its own.
func TestCloudLogin(t *testing.T) {
	t.Parallel()
	file := func(token string) string {
		path := filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(path, []byte(token+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	emulators := gcp.New(gcp.Config{Endpoints: gcp.Endpoints{Base: "http://127.0.0.1:1"}, TokenFile: file("emulators")})
	users := map[string]string{"CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": file("mine")}
	lookup := func(name string) (string, bool) { v, ok := users[name]; return v, ok }
	for _, local := range []bool{true, false} {
		s := &Set{deps: Deps{Lookup: lookup}, local: local, access: emulators}
		if !local {
			s.access = gcp.New(gcp.FromEnvironment(lookup))
		}
		c := s.cloud()
		l, ok := c.Login(t.Context())
		if !ok || l.User != gcp.TokenUser || string(l.Password) != "mine" || c.InBuild == local || !c.Index("eu-python.pkg.dev") {
			t.Errorf("local %v: %v, %q, in build %v", local, ok, string(l.Password), c.InBuild)
		}
	}
	if l, err := (&Set{access: emulators}).IndexLogin(t.Context()); err != nil || string(l.Password) != "emulators" {
		t.Errorf("a step: %q, %v", string(l.Password), err)
	}
}
