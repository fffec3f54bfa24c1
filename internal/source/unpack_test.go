package source_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/source"
)

// TestUnpack: what was packed comes out the same, without the files of ours.
func TestUnpack(t *testing.T) {
	t.Parallel()
	from := t.TempDir()
	for name, text := range map[string]string{"wsgi.py": "app", "pkg/data.txt": "data", "run.sh": "#!/bin/sh\n"} {
		if err := os.MkdirAll(filepath.Join(from, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(from, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(from, "run.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("pkg/data.txt", filepath.Join(from, "link")); err != nil {
		t.Fatal(err)
	}
	tree, err := source.Scan(t.Context(), from, source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	if err := tree.WriteArchive(t.Context(), &archive, map[string][]byte{source.Reserved + "/plan.json": []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	if err := source.Unpack(&archive, to, nil); err != nil {
		t.Fatal(err)
	}
	again, err := source.Scan(t.Context(), to, source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if again.Hash() != tree.Hash() {
		t.Errorf("the tree is another one: %v, was %v", again.Files, tree.Files)
	}
	if _, err := os.Stat(filepath.Join(to, source.Reserved)); err == nil {
		t.Error("our own folder came out")
	}
}

// TestUnpackOutside: an archive cannot write where it should not.
func TestUnpackOutside(t *testing.T) {
	t.Parallel()
	for _, headers := range [][]tar.Header{
		{{Name: "../out", Typeflag: tar.TypeReg}},
		{{Name: "/tmp/gcpdeploy-unpack", Typeflag: tar.TypeReg}},
		{{Name: "up", Typeflag: tar.TypeSymlink, Linkname: ".."}, {Name: "up/out", Typeflag: tar.TypeReg}},
		{{Name: "dev", Typeflag: tar.TypeChar}},
	} {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		w := tar.NewWriter(z)
		for _, h := range headers {
			if err := w.WriteHeader(&h); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		outer := t.TempDir()
		dir := filepath.Join(outer, "dir")
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := source.Unpack(&b, dir, nil); err == nil {
			t.Errorf("%v is unpacked", headers)
		}
		if _, err := os.Stat(filepath.Join(outer, "out")); err == nil {
			t.Errorf("%v is outside", headers)
		}
	}
	if err := source.Unpack(bytes.NewReader([]byte("no archive")), t.TempDir(), nil); err == nil {
		t.Error("no archive is unpacked")
	}
}
