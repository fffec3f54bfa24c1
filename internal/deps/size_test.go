package deps_test

import (
	"bytes"
	"io/fs"
	"os"
	"strings"
	"testing"
)

// most lines that a Go file may have: it should be read in one go.
const most = 250

func TestFilesAreShort(t *testing.T) {
	t.Parallel()
	files := 0
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		text, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		files++
		if n := bytes.Count(text, []byte("\n")); n > most {
			t.Errorf("%s has %d lines, more than %d: split it by noun", path, n, most)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 100 {
		t.Errorf("only %d files were seen", files)
	}
}
