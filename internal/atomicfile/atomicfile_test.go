package atomicfile_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
)

func TestWrite(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a", "b.json")
	for text, write := range map[string]func(string, []byte, fs.FileMode) error{"one": atomicfile.Write, "two": atomicfile.Keep} {
		if err := write(path, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("read %q, %v", got, err)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("left over: %v", entries)
	}
	if atomicfile.WriteJSON(path, func() {}) == nil || atomicfile.KeepJSON(path, func() {}) == nil {
		t.Error("a function became JSON")
	}
	if err := atomicfile.KeepJSON(path, 3); err != nil {
		t.Error(err)
	}
}
