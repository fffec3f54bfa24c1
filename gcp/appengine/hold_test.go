package appengine

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/release/releasetest"
)

// shop is a release to the service of a name.
func shop(service string) release.Spec {
	return release.Spec{Target: "app-engine", Project: "shop", Region: "europe-west1", Service: service, Image: "europe-west1-docker.pkg.dev/shop/gcpdeploy/" + service, Port: port}
}

// imageOf is an image of a release by the digest of a text.
func imageOf(s release.Spec, text string) string {
	return s.Image + "@" + digestOf(text)
}

// TestHold holds the target to what all promise, on an emulator that starts nothing.
func TestHold(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.release(t, shop(first), "first")
	spec := shop("worker")
	releasetest.Hold(t, releasetest.Subject{
		Kind: Kind, Target: s.Target, Spec: spec, Image: func(text string) string { return imageOf(spec, text) },
	})
}

func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256:" + hex.EncodeToString(sum[:])
}
