package layer_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/layer"
)

// TestWriter: what is said of the file is so, and written by other pieces it is the same.
func TestWriter(t *testing.T) {
	t.Parallel()
	text := bytes.Repeat([]byte("a line of a file\n"), 100_000)
	make := func(piece int) layer.Blob {
		t.Helper()
		w, err := layer.Create(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		for rest := text; len(rest) > 0; rest = rest[min(piece, len(rest)):] {
			if _, err := w.Write(rest[:min(piece, len(rest))]); err != nil {
				t.Fatal(err)
			}
		}
		b, err := w.Close()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	one, two := make(len(text)), make(777)
	if one.Path == two.Path || one.Digest != two.Digest || one.ID != two.ID {
		t.Errorf("%+v and %+v", one, two)
	}
	data, err := os.ReadFile(one.Path)
	if err != nil || one.Size != int64(len(data)) || one.Digest != fmt.Sprintf("sha256:%x", sha256.Sum256(data)) {
		t.Errorf("%v: %+v is not so", err, one)
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(z); err != nil || !bytes.Equal(got, text) || one.ID != fmt.Sprintf("sha256:%x", sha256.Sum256(text)) {
		t.Errorf("%v: it holds %d bytes, as %s", err, len(got), one.ID)
	}
}

// TestDiscard leaves nothing behind.
func TestDiscard(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w, err := layer.Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Discard(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v, left %v", err, left)
	}
}
