package dockerfile

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Layers is a stack of template folders: a file comes from the first that has it.
type Layers []fs.FS

var _ fs.ReadDirFS = Layers(nil)

// Open implements fs.FS.
func (l Layers) Open(name string) (fs.File, error) {
	for _, f := range l {
		file, err := f.Open(name)
		if !errors.Is(err, fs.ErrNotExist) {
			return file, err
		}
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// ReadDir implements fs.ReadDirFS: the entries of all layers, sorted by name,
// each from the first layer that has it.
func (l Layers) ReadDir(name string) ([]fs.DirEntry, error) {
	entries := map[string]fs.DirEntry{}
	found := false
	for _, f := range slices.Backward(l) {
		list, err := fs.ReadDir(f, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found = true
		for _, e := range list {
			entries[e.Name()] = e
		}
	}
	if !found {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	sorted := make([]fs.DirEntry, 0, len(entries))
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		sorted = append(sorted, entries[key])
	}
	return sorted, nil
}

// Program reads the Python files of a folder, by slash path from the root:
// "wheelhouse/pip.py". What else lies there is no part of the program.
func Program(templates fs.FS, folder string) (map[string][]byte, error) {
	entries, err := fs.ReadDir(templates, folder)
	if err != nil {
		return nil, errs.New(errs.Usage, "", "reading the program of the templates: %w", err)
	}
	files := map[string][]byte{}
	for _, e := range entries {
		name := path.Join(folder, e.Name())
		if e.IsDir() || path.Ext(name) != ".py" {
			continue
		}
		if files[name], err = fs.ReadFile(templates, name); err != nil {
			return nil, errs.New(errs.Usage, "", "reading the program of the templates: %w", err)
		}
	}
	return files, nil
}

// Where is the name to show for a file: its path, where a Folder has it.
func (l Layers) Where(name string) string {
	for _, f := range l {
		if _, err := fs.Stat(f, name); err == nil {
			if w, ok := f.(interface{ Where(string) string }); ok {
				return w.Where(name)
			}
			break
		}
	}
	return name
}

// Folder is a directory of templates on disk whose errors show its path.
func Folder(dir string) fs.FS { return folder{os.DirFS(dir), dir} }

type folder struct {
	fs.FS
	dir string
}

// Where is the path of a file in the folder.
func (f folder) Where(name string) string { return filepath.Join(f.dir, name) }
