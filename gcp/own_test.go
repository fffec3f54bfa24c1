package gcp_test

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/gcp"
)

// TestClientsAtOnce: clients over HTTP can be made while others of the same access ask
// for its token. The race detector is the judge.
func TestClientsAtOnce(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("of nobody"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": file}
	a := gcp.New(gcp.FromEnvironment(func(name string) (string, bool) { v, ok := env[name]; return v, ok }))
	defer a.Close()
	var g errgroup.Group
	for range 8 {
		g.Go(func() error {
			_, err := a.HTTP("", "/")
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
}
