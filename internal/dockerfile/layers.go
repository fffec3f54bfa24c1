package dockerfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Layers is a stack of template folders: a file comes from the first that has it.
type Layers []fs.FS

var _ fs.FS = Layers(nil)

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
