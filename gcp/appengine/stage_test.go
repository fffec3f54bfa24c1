package appengine

import (
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// run is one that started so many seconds after noon.
func run(id string, second int) release.Run {
	return release.Run{ID: id, Started: time.Date(2026, 11, 27, 12, 0, second, 0, time.UTC)}
}

// release releases a text as a build does that ends well.
func (s stage) release(t *testing.T, spec release.Spec, text string) release.Released {
	t.Helper()
	by := run("aaaaaaaa", 0)
	r, err := s.Deploy(t.Context(), spec, imageOf(spec, text), by, nil)
	if err != nil || r.Percent != 100 {
		t.Fatalf("%+v, %v", r, err)
	}
	if w := s.Settle(t.Context(), spec, r, by, nil); w != "" {
		t.Fatal(w)
	}
	return r
}
