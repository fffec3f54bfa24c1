package storage_test

import (
	"os"
	"path/filepath"
	"testing"
)

// TestDamagedBucket: a bucket whose record is lost has its objects again once it
// is made again; an object whose bytes are cut is gone, so that it is sent again.
func TestDamagedBucket(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, c, _ := serve(t, dir)
	if err := s.EnsureBucket("bucket"); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"whole": "as it was", "cut": "cut short"} {
		if _, err := write(t.Context(), t, c.Bucket("bucket").Object(name), []byte(text), 0); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "data", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range append(files, filepath.Join(dir, "buckets", "bucket.json")) {
		if data, err := os.ReadFile(f); err == nil && string(data) == "as it was" {
			continue
		}
		if err := os.Truncate(f, 0); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // the second start must not sweep what waits for its bucket
		s, c, _ = serve(t, dir)
	}
	if _, err := c.Bucket("bucket").Attrs(t.Context()); err == nil {
		t.Error("a bucket without a record")
	}
	if err := s.EnsureBucket("bucket"); err != nil {
		t.Fatal(err)
	}
	if got := read(t.Context(), t, c.Bucket("bucket").Object("whole"), 0, -1); got != "as it was" {
		t.Errorf("read %q", got)
	}
	if _, err := c.Bucket("bucket").Object("cut").Attrs(t.Context()); err == nil {
		t.Error("an object with lost bytes")
	}
}
