// Package appfile reads the text files of an app, and says where in them an answer
// was found, so that a plan can show it. What a file means is for those to know who
// read it: detect, and python/project.
package appfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Found is one answer: its value, the file (with line) or rule it came from, and what
// the user may want to know about it.
type Found[T any] struct {
	Value T
	From  string
	Notes []string
	// Beside are other sources of the same, which must agree with the value.
	Beside []string
}

// maxText is how much of a file is read; what matters stands near the top.
const maxText = 1 << 20

// Read gives a file's text with LF line ends and no byte order mark. ok is
// false when there is no such file.
func Read(fsys fs.FS, name string) (text string, ok bool, err error) {
	f, err := fsys.Open(name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return "", false, nil
	}
	if err != nil {
		return "", false, errs.New(errs.Usage, "", "reading the app: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return "", false, nil
	}
	data, err := io.ReadAll(io.LimitReader(f, maxText))
	if err != nil {
		return "", false, errs.New(errs.Usage, "", "reading %s: %w", name, err)
	}
	text = strings.TrimPrefix(string(data), "\ufeff")
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), true, nil
}

// above is a folder of the disk, and what lies above it.
type above struct {
	fs.FS
	dir string
}

func (a above) Open(name string) (fs.File, error) {
	if strings.HasPrefix(name, "../") {
		return os.Open(filepath.Join(a.dir, filepath.FromSlash(name)))
	}
	return a.FS.Open(name)
}

// Dir gives the files of a folder; where one of names lies above it ("../uv.lock"),
// those above it, too.
func Dir(dir string, names ...string) fs.FS {
	if slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(name, "../") }) {
		return above{os.DirFS(dir), dir}
	}
	return os.DirFS(dir)
}

// Exists says whether there is a file or folder of the name.
func Exists(fsys fs.FS, name string) bool {
	_, err := fs.Stat(fsys, name)
	return err == nil
}

// At is a place in text, by line from 1.
func At(file, text string, line int) errs.Place {
	p := errs.Place{File: file, Line: line}
	if lines := strings.Split(text, "\n"); line > 0 && line <= len(lines) {
		p.Excerpt = lines[line-1]
		p.Column = len(p.Excerpt) - len(strings.TrimLeft(p.Excerpt, " \t")) + 1
	}
	return p
}

// LineOf is the line, from 1, of a byte in a text.
func LineOf(text string, offset int) int { return 1 + strings.Count(text[:offset], "\n") }

// Ref names a line of a file.
func Ref(file string, line int) string { return fmt.Sprintf("%s:%d", file, line) }
