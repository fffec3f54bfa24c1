package storage_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/storage"
)

func TestGrowingObject(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	dir := t.TempDir()
	s, c, _ := serve(t, dir)
	if err := s.EnsureBucket("logs"); err != nil {
		t.Fatal(err)
	}
	w, err := s.Append("logs", "log-1.txt")
	if err != nil {
		t.Fatal(err)
	}
	o := c.Bucket("logs").Object("log-1.txt")
	if _, err := o.NewRangeReader(ctx, 0, -1); err != nil {
		t.Errorf("an empty log can be read whole: %v", err)
	}
	if _, err := s.Append("logs", "log-1.txt"); err == nil {
		t.Error("two writers at once")
	}
	var first int64
	for i := range 3 {
		from := int64(i * 7)
		if i > 0 {
			if _, err := o.NewRangeReader(ctx, from, -1); code(err) != 416 {
				t.Errorf("nothing new: %v", err)
			}
		}
		if _, err := fmt.Fprintf(w, "line %d\n", i); err != nil {
			t.Fatal(err)
		}
		if got := read(ctx, t, o, from, -1); got != fmt.Sprintf("line %d\n", i) {
			t.Errorf("line %d is %q", i, got)
		}
		attrs, err := o.Attrs(ctx)
		if err != nil || attrs.Size != from+7 || first != 0 && attrs.Generation != first {
			t.Errorf("line %d: %+v %v", i, attrs, err)
		} else {
			first = attrs.Generation
		}
	}
	// A kill here: the next process finds what was written, with its checksums.
	_, c2, _ := serve(t, dir)
	if got := read(ctx, t, c2.Bucket("logs").Object("log-1.txt"), 0, -1); got != "line 0\nline 1\nline 2\n" {
		t.Errorf("after a kill: %q", got)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if attrs, err := o.Attrs(ctx); err != nil || len(attrs.MD5) != 16 || attrs.CRC32C == 0 {
		t.Errorf("closed: %+v %v", attrs, err)
	}
	if w, err = s.Append("logs", "log-1.txt"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "more\n"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got := read(ctx, t, o, 0, -1); got != "line 0\nline 1\nline 2\nmore\n" {
		t.Errorf("continued: %q", got)
	}
}

func TestOpenRemovesWhatAKillLeft(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := storage.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.EnsureBucket("bucket"); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "meta/bucket"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, left := range []string{"data/0123", "meta/bucket/.tmp-1", "buckets/.tmp-2", "uploads/.tmp-3"} {
		if err := os.WriteFile(filepath.Join(dir, left), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := storage.Open(dir, nil); err != nil {
		t.Fatal(err)
	}
	for _, left := range []string{"data/*", "meta/bucket/.tmp-*", "buckets/.tmp-*", "uploads/.tmp-*"} {
		if m, _ := filepath.Glob(filepath.Join(dir, left)); len(m) != 0 {
			t.Errorf("left behind: %q", m)
		}
	}
}
