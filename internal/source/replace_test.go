package source_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/source"
)

// TestReplace: the other content is in the archive and in the hash, as if the
// file had it; the file on the disk stays.
func TestReplace(t *testing.T) {
	t.Parallel()
	scan := func(text string) (*source.Tree, string) {
		dir := write(t, t.TempDir(), files{"a/r.txt": text, "b": "b", "l": "->b"})
		tree, err := source.Scan(t.Context(), dir, source.Options{})
		check(t, err)
		return tree, dir
	}
	tree, dir := scan("https://u:secret@h")
	tree.Replace("a/r.txt", []byte("https://h"))
	tree.Replace("none", []byte("x"))
	want, _ := scan("https://h")
	if tree.Hash() != want.Hash() || tree.Size() != want.Size() {
		t.Errorf("hash %s, size %d; want %s, %d", tree.Hash(), tree.Size(), want.Hash(), want.Size())
	}
	if got, want := list(t, archive(t, tree, ours)), list(t, archive(t, want, ours)); !slices.Equal(got, want) {
		t.Errorf("archive %q, want %q", got, want)
	}
	f, ok := tree.Find("a/r.txt")
	if data, err := tree.Read(f); !ok || err != nil || string(data) != "https://h" {
		t.Errorf("read %q, %v", data, err)
	}
	if data, err := os.ReadFile(filepath.Join(dir, "a", "r.txt")); err != nil || string(data) != "https://u:secret@h" {
		t.Errorf("on the disk %q, %v", data, err)
	}
	if f, ok = tree.Find("b"); !ok {
		t.Fatal("b is missing")
	}
	if data, err := tree.Read(f); err != nil || string(data) != "b" {
		t.Errorf("b is %q, %v", data, err)
	}
	for _, name := range []string{"l", "a", "none"} {
		if _, ok := tree.Find(name); ok {
			t.Errorf("%s is a file", name)
		}
	}
}
