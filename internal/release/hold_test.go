package release_test

import (
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/release/releasetest"
)

// TestShelfHolds: what is asked of a target is what the smallest one can do.
func TestShelfHolds(t *testing.T) {
	t.Parallel()
	releasetest.Hold(t, releasetest.Subject{
		Kind: releasetest.Kind, Target: &releasetest.Shelf{}, Spec: release.Spec{Project: "p", Region: "r", Service: "hello", Image: "host/p/r/hello"},
		Image: func(text string) string { return "host/p/r/hello@sha256:" + key.Sum([]byte(text)) },
	})
}
