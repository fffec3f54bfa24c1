package source

import (
	"crypto/sha256"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Find gives the file of that path, if one goes up.
func (t *Tree) Find(path string) (File, bool) {
	i, ok := t.find(path)
	if !ok || t.Files[i].Mode&fs.ModeSymlink != 0 {
		return File{}, false
	}
	return t.Files[i], true
}

func (t *Tree) find(path string) (int, bool) {
	return slices.BinarySearchFunc(t.Files, path, func(f File, path string) int { return strings.Compare(f.Path, path) })
}

// Replace sends another content than the file has on the disk, which stays as it
// is: hash, size and archive are those of the new one. It is for secrets in files
// that are needed otherwise; call it before the tree is used.
func (t *Tree) Replace(path string, content []byte) {
	i, ok := t.find(path)
	if !ok {
		return
	}
	if t.instead == nil {
		t.instead = map[string][]byte{}
	}
	t.instead[path] = content
	t.Files[i].Size, t.Files[i].Sum = int64(len(content)), sha256.Sum256(content)
}

// Read gives a regular file's content as it goes up.
func (t *Tree) Read(f File) ([]byte, error) {
	if data, ok := t.instead[f.Path]; ok {
		return data, nil
	}
	data, err := os.ReadFile(filepath.Join(t.root, filepath.FromSlash(f.Path)))
	if err != nil {
		return nil, unreadable(f.Path, err)
	}
	return data, nil
}
