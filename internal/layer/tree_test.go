package layer_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/layer"
)

// entries are a small tree of two layers.
func entries() []tar.Header {
	return []tar.Header{
		{Name: "one/", Typeflag: tar.TypeDir, Mode: 0o755},
		{Name: "one/env/", Typeflag: tar.TypeDir, Mode: 0o750, Uid: 10001, Gid: 10001},
		{Name: "one/env/a.py", Typeflag: tar.TypeReg, Mode: 0o644},
		{Name: "one/env/a.sh", Typeflag: tar.TypeReg, Mode: 0o4755},
		{Name: "one/env/link", Typeflag: tar.TypeSymlink, Linkname: "../env/a.py", Mode: 0o777},
		{Name: "one/env/" + strings.Repeat("long", 60) + "/ü", Typeflag: tar.TypeReg, Mode: 0o600},
		{Name: "one/env/same", Typeflag: tar.TypeLink, Linkname: "two/other", Mode: 0o644},
		{Name: "one-b/x", Typeflag: tar.TypeReg, Mode: 0o644},
		{Name: "two/other", Typeflag: tar.TypeReg, Mode: 0o644},
		{Name: "list.json", Typeflag: tar.TypeReg, Mode: 0o644},
	}
}

// write writes a tar, whose files hold their names.
func write(t *testing.T, all []tar.Header) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range all {
		text := h.Name
		if h.Typeflag != tar.TypeReg {
			text = ""
		}
		h.Size = int64(len(text))
		if err := errors.Join(w.WriteHeader(&h), second(w.Write([]byte(text)))); err != nil {
			t.Fatal(err)
		}
	}
	name := filepath.Join(t.TempDir(), "tree.tar")
	if err := errors.Join(w.Close(), os.WriteFile(name, b.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	return name
}

func second(_ int, err error) error { return err }

func open(t *testing.T, all []tar.Header) *layer.Tree {
	t.Helper()
	tree, err := layer.OpenTree(write(t, all))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tree.Close() })
	return tree
}

// read lists a layer, with what each file holds, and checks its hashes.
func read(t *testing.T, b layer.Blob) (found []string) {
	t.Helper()
	data, err := os.ReadFile(b.Path)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(data)) // as Docker reads it, not what wrote it
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if b.Digest != sum(data) || b.ID != sum(plain) || b.Size != int64(len(data)) {
		t.Errorf("the file is %s of %s, %d bytes: %+v", sum(data), sum(plain), len(data), b)
	}
	for r := tar.NewReader(bytes.NewReader(plain)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, fmt.Sprintf("%s %o %d:%d %d %s%s", h.Name, h.Mode, h.Uid, h.Gid, h.ModTime.Unix(), h.Linkname, text))
	}
}

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(s[:])
}

func TestLayer(t *testing.T) {
	t.Parallel()
	tree := open(t, entries())
	b, err := tree.Layer(t.Context(), "one", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("long", 60)
	if diff := cmp.Diff([]string{
		"env/ 750 10001:10001 315532800 ",
		"env/a.py 644 0:0 315532800 one/env/a.py",
		"env/a.sh 4755 0:0 315532800 one/env/a.sh",
		"env/link 777 0:0 315532800 ../env/a.py",
		"env/" + long + "/ü 600 0:0 315532800 one/env/" + long + "/ü",
		"env/same 644 0:0 315532800 two/other",
	}, read(t, b)); diff != "" {
		t.Error(diff)
	}
	if data, err := tree.ReadFile("list.json"); string(data) != "list.json" || err != nil {
		t.Errorf("%q, %v", data, err)
	}
	if !tree.Has("one") || tree.Has("on") || tree.Has("three") {
		t.Error("it has other folders than it should")
	}
}

// TestEqualLayers: the same files are the same bytes, in whatever order and of whatever
// time the tar has them.
func TestEqualLayers(t *testing.T) {
	t.Parallel()
	var first layer.Blob
	for n := range 3 {
		all := entries()
		rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		for i := range all {
			all[i].ModTime, all[i].Uname = time.Unix(int64(n*1000+i), 5), fmt.Sprint("user", n)
			all[i].Name = "./" + all[i].Name
		}
		b, err := open(t, all).Layer(t.Context(), "one", t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if b.Path = ""; n > 0 && b != first {
			t.Errorf("%+v, and then %+v", first, b)
		}
		first = b
	}
}

func TestBrokenTrees(t *testing.T) {
	t.Parallel()
	for name, all := range map[string][]tar.Header{
		"a link to nothing": {{Name: "one/a", Typeflag: tar.TypeLink, Linkname: "gone"}},
		"a device":          {{Name: "one/a", Typeflag: tar.TypeChar, Devmajor: 1}},
	} {
		dir := t.TempDir()
		if _, err := open(t, all).Layer(t.Context(), "one", dir); err == nil || !strings.Contains(err.Error(), "one/a: it is ") {
			t.Errorf("%s: %v", name, err)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s leaves %v", name, left)
		}
	}
	cut := write(t, entries())
	if err := os.Truncate(cut, 700); err != nil {
		t.Fatal(err)
	}
	if _, err := layer.OpenTree(cut); err == nil {
		t.Error("half a tar is read as a whole one")
	}
}

// TestPieces: many pieces come out as they went in, the same on one core and on many.
func TestPieces(t *testing.T) { // not parallel: it sets the number of cores
	data := make([]byte, 9<<20+17)
	random := rand.NewChaCha8([32]byte{})
	for i := 0; i < len(data); i += 64 { // half of it is compressible
		_, _ = random.Read(data[i:min(i+32, len(data))])
	}
	var first layer.Blob
	for n, cores := range []int{1, 2, 8} {
		old := runtime.GOMAXPROCS(cores)
		w, err := layer.Create(t.TempDir())
		runtime.GOMAXPROCS(old)
		if err != nil {
			t.Fatal(err)
		}
		for rest := data; len(rest) > 0; {
			k := min(1+n*70_000+len(rest)%1000, len(rest))
			if _, err := w.Write(rest[:k]); err != nil {
				t.Fatal(err)
			}
			rest = rest[k:]
		}
		b, err := w.Close()
		if err != nil {
			t.Fatal(err)
		}
		packed, err := os.Open(b.Path)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(packed)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(z); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%d cores: %d bytes, %v", cores, len(got), err)
		}
		_ = packed.Close()
		if b.Path = ""; n > 0 && b != first {
			t.Errorf("%d cores: %+v, on fewer %+v", cores, b, first)
		}
		first = b
	}
	w, err := layer.Create(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Discard(); err != nil {
		t.Error(err)
	}
}
