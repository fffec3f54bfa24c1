package setup_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/setup"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// cleaned says whether the registry would remove an image by the cleanup policies:
// one that deletes fits, and none that keeps does
// (cloud.google.com/artifact-registry/docs/repositories/cleanup-policy, read 2026-11).
func cleaned(i inventory.Image, now time.Time) bool {
	deletes := false
	for _, p := range setup.Policies {
		begins := func(prefixes []string, text string) bool {
			return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(text, prefix) })
		}
		fits := (len(p.Packages) == 0 || begins(p.Packages, i.Package)) &&
			(len(p.TagPrefixes) == 0 || slices.ContainsFunc(i.Tags, func(t string) bool { return begins(p.TagPrefixes, t) })) &&
			now.Sub(i.Uploaded) > p.OlderThan
		if fits && p.Keep {
			return false
		}
		deletes = deletes || fits
	}
	return deletes
}

// TestPoliciesKeepWhatPruneKeeps: on made-up repositories the registry removes only
// what `wheels prune` would remove, and removes something.
func TestPoliciesKeepWhatPruneKeeps(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	digest := func() string { return fmt.Sprintf("sha256:%064x", r.Uint64()) }
	removed := 0
	for range 2000 {
		var s inventory.Stock
		for range 1 + r.IntN(12) {
			i := inventory.Image{
				Package: []string{"wheels", "runtime", "testenv", "builder", "hello"}[r.IntN(5)], Digest: digest(),
				Uploaded: now.Add(-time.Duration(r.IntN(100*24)) * time.Hour),
			}
			for range r.IntN(3) {
				i.Tags = append(i.Tags, []string{
					fmt.Sprintf("%064x", r.Uint64()), "run-" + fmt.Sprint(r.IntN(99)), "partial-" + fmt.Sprintf("%040x", r.Uint64()), "v1", "latest",
				}[r.IntN(5)])
			}
			if i.Package == "wheels" && slices.ContainsFunc(i.Tags, func(t string) bool { return t == "v1" || t == "latest" }) {
				i.Tags = nil // nobody tags the wheels of a failed build
			}
			s.Images = append(s.Images, i)
		}
		if some := s.Images[r.IntN(len(s.Images))]; some.Package != "wheels" { // nothing can run those
			s.Uses = []release.Use{{Service: "hello", Images: []string{"host/p/gcpdeploy/" + some.Package + "@" + some.Digest}}}
		}
		for _, kept := range s.Prune(inventory.Rules{Keep: 3, Now: now}).Keep {
			if cleaned(kept.Image, now) {
				t.Fatalf("the registry would remove %+v, which prune keeps: %s", kept.Image, kept.Reason)
			}
		}
		for _, i := range s.Images {
			if cleaned(i, now) {
				removed++
			}
		}
	}
	if removed == 0 {
		t.Error("the policies remove nothing")
	}
}
