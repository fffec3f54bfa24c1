package clients

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
)

// TestPurgeMadeImages: a name that a build gave to an image goes, and one that stands
// for somebody else's by now stays.
func TestPurgeMadeImages(t *testing.T) {
	t.Parallel()
	engine := dockertest.Require(t)
	img, _, err := engine.InspectImage(t.Context(), dockertest.Image())
	if err != nil {
		t.Fatal(err)
	}
	id := strings.ToLower(rand.Text())[:10]
	made, changed, gone := "gcpdeploy.local/purge-test/"+id+":made", "gcpdeploy.local/purge-test/"+id+":changed", "gcpdeploy.local/purge-test/"+id+":gone"
	for _, name := range []string{made, changed} {
		if err := engine.Tag(t.Context(), dockertest.Image(), name); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = engine.RemoveImage(context.WithoutCancel(t.Context()), name) })
	}
	names := map[string][]string{made: {"sha256:before", img.ID}, changed: {"sha256:before"}, gone: {img.ID}}
	if err := purgeDocker(t.Context(), engine, "no-such-state-"+id, "127.0.0.1:1", names); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{made: false, changed: true, dockertest.Image(): true} {
		if got, err := engine.HasImage(t.Context(), name); err != nil || got != want {
			t.Errorf("%s is there: %v, %v", name, got, err)
		}
	}
}
