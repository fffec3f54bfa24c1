package registry_test

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/registry"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// TestRepositoryOfAnotherRegion: the emulators' images have no region in their
// names, so a second region is refused before anything is built for it; another
// repository is none of that.
func TestRepositoryOfAnotherRegion(t *testing.T) {
	t.Parallel()
	f := ready(t)
	a := gcp.New(gcp.Config{Endpoints: gcp.Endpoints{Base: f.server.URL()}, TokenFile: f.server.TokenFile()})
	t.Cleanup(func() { _ = a.Close() })
	if err := f.EnsureRepository(t.Context(), nil); err != nil {
		t.Errorf("the same one again: %v", err)
	}
	err := registry.New(a, "my-project", "us-east1", "gcpdeploy").EnsureRepository(t.Context(), nil)
	if errs.KindOf(err) != errs.Usage || !strings.Contains(err.Error(), "locations/europe-west1/") || !strings.Contains(errs.HintOf(err), "--region") {
		t.Errorf("got %v, hint %q", err, errs.HintOf(err))
	}
	if err := registry.New(a, "my-project", "us-east1", "second").EnsureRepository(t.Context(), nil); err != nil {
		t.Errorf("another repository: %v", err)
	}
}
