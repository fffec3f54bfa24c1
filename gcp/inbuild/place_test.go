package inbuild

import (
	"os"
	"path/filepath"
	"testing"
)

// TestTidyUp: what a process left that is gone is removed, and what one has that lives
// is let be.
func TestTidyUp(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "runs")
	var places [2]*place
	for i := range places {
		p, err := newPlace(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(p.dir, "build", "workspace"), 0o700); err != nil {
			t.Fatal(err)
		}
		places[i] = p
	}
	dead, lives := places[0], places[1]
	if err := dead.lock.Unlock(); err != nil { // as the end of its process does
		t.Fatal(err)
	}
	b := Builds{Machine: Machine{Dir: dir}, Options: Options{Warn: func(text string) { t.Error(text) }}}
	b.TidyUp(t.Context())
	for _, left := range []string{dead.dir, dead.dir + lockSuffix} {
		if _, err := os.Stat(left); err == nil {
			t.Errorf("%s is still there", left)
		}
	}
	for _, kept := range []string{lives.dir, lives.dir + lockSuffix} {
		if _, err := os.Stat(kept); err != nil {
			t.Errorf("of a process that lives: %v", err)
		}
	}
	if err := lives.leave(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("an empty folder is left")
	}
}
