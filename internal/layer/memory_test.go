package layer_test

import (
	"archive/tar"
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/layer"
)

// TestLargeLayer: of a file that is larger than memory no more is held than the cores work
// on. It is a hole on the disk.
func TestLargeLayer(t *testing.T) { // not parallel: it looks at all memory
	const size, allowed = 80 << 20, 40 << 20
	name := filepath.Join(t.TempDir(), "tree.tar")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	if err := errors.Join(tar.NewWriter(w).WriteHeader(&tar.Header{Name: "one/env/libtorch.so", Typeflag: tar.TypeReg, Mode: 0o644, Size: size}), w.Flush(), f.Truncate(size+4<<10), f.Close()); err != nil {
		t.Fatal(err)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	var before, after runtime.MemStats
	debug.FreeOSMemory()
	runtime.ReadMemStats(&before)
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(int64(before.Sys-before.HeapReleased) + allowed/2))
	tree, err := layer.OpenTree(name)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	b, err := tree.Layer(t.Context(), "one", t.TempDir())
	if err != nil || b.Size > size/100 {
		t.Fatalf("%+v, %v", b, err)
	}
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapSys) - int64(before.HeapSys-before.HeapReleased); grown > allowed {
		t.Errorf("a layer of %d MB takes %d MB of memory", size>>20, grown>>20)
	}
}
