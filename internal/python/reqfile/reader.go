// Package reqfile reads pip's requirement files as pip 26.3 reads them, into
// statements: lines joined, comments and variables resolved, options taken apart,
// included files followed. What pip would drop of a line without a word is an error
// with its place. It does not know what a requirement means, nor what an option does;
// the closure gathers that.
package reqfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/link"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// maxFiles bounds how many files are read: files that include each other twice and
// twice again would otherwise never end.
const maxFiles = 1000

// Reader reads requirement files with everything that they include.
type Reader struct {
	Dir    string // the app's directory, absolute
	Lookup func(string) (string, bool)
	// Do takes each statement in the order of pip's, includes among them, before the
	// file that they name is read.
	Do func(Statement) *pep508.Fault
	// Files are those that were read, each once, slashed, relative to Dir.
	Files []string
	// Logins are those of Files with a login in some URL, be it in a comment.
	Logins []string

	opened int
}

// file is one file while it is being read; chain are the files that include it, the
// outermost first, itself last.
type file struct {
	path, name string
	constraint bool
	chain      []string
}

// Read reads a file that is slashed and relative to Dir. Errors are errs.Usage with
// their place.
func (r *Reader) Read(name string) error {
	path := filepath.FromSlash(name)
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.Dir, path)
	}
	path = filepath.Clean(path)
	return r.read(file{path: path, name: r.name(path), chain: []string{path}}, nil)
}

// name is a file's path as people see it: slashed, relative to the app.
func (r *Reader) name(path string) string {
	if rel, err := filepath.Rel(r.Dir, path); err == nil {
		return filepath.ToSlash(rel)
	}
	return filepath.ToSlash(path)
}

// read reads one file; by is the include that names it, nil for a file that the
// caller named.
func (r *Reader) read(f file, by *errs.Place) error {
	place := errs.Place{File: f.name}
	if by != nil {
		place = *by
	}
	if hint := otherFormat(f.path); hint != "" {
		return errs.At(place, hint, "%s is no requirements file of pip's", f.name)
	}
	if r.opened++; r.opened > maxFiles {
		return errs.At(place, "include each file once", "more than %d files are included", maxFiles)
	}
	info, err := os.Stat(f.path)
	if err == nil && !info.Mode().IsRegular() {
		return errs.At(place, "name a file", "%s is no file", f.name)
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(f.path)
	}
	if err != nil {
		return r.unreadable(f, place, by != nil, err)
	}
	if !slices.Contains(r.Files, f.name) {
		r.Files = append(r.Files, f.name)
	}
	text, line, bad := decode(data)
	if bad != nil {
		return errs.At(errs.Place{File: f.name, Line: line}, bad.Hint, "%s", bad.Message)
	}
	if link.HasLogin(text) && !slices.Contains(r.Logins, f.name) {
		r.Logins = append(r.Logins, f.name)
	}
	for _, l := range join(f.name, splitLines(text)) {
		if !l.strip() {
			continue
		}
		l.expand(r.Lookup)
		if err := r.line(f, l); err != nil {
			return err
		}
	}
	return nil
}

func (r *Reader) line(f file, l Line) error {
	// First of all, as every other fault quotes the line. This one does not: where
	// the secret is in it nobody knows.
	if bad := link.Check(l.Text); bad != nil {
		at := l.place(bad.At)
		at.Excerpt = ""
		return errs.At(at, bad.Hint, "%s", bad.Message)
	}
	s, bad := parse(l)
	s.Path, s.Constraint = f.path, f.constraint
	if bad == nil {
		bad = r.Do(s)
	}
	switch {
	case bad != nil:
		return l.Error(bad)
	case s.Kind == Include:
		return r.include(f, s)
	}
	return nil
}

func (r *Reader) unreadable(f file, place errs.Place, included bool, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return errs.At(place, "make the file readable", "reading %s: %w", f.name, errors.Unwrap(err))
	}
	if !included {
		return errs.At(place, "create it, or name the right file with --requirements", "the requirements file does not exist")
	}
	hint := "the path is relative to the file that includes it; correct it, or remove the line"
	if len(f.chain) > 1 {
		parent := filepath.Dir(f.chain[len(f.chain)-2])
		if rel, e := filepath.Rel(parent, f.path); e == nil && isFile(filepath.Join(r.Dir, rel)) {
			up, _ := filepath.Rel(parent, filepath.Join(r.Dir, rel))
			hint = "the path is relative to the file that includes it: write " + filepath.ToSlash(up)
		}
	}
	return errs.At(place, hint, "%s does not exist", f.name)
}

// otherFormat says how to come from another tool's file to pip's. Lock files
// are read, but af files of their own.
func otherFormat(path string) string {
	base := filepath.Base(path)
	switch {
	case base == "uv.lock" || base == "poetry.lock" || base == "pdm.lock" || base == "Pipfile.lock",
		strings.HasPrefix(base, "pylock.") && strings.HasSuffix(base, ".toml"):
		return "name it in gcpdeploy.yaml: requirements: [" + base + "]"
	case base == "Pipfile":
		return "run pipenv lock, and name Pipfile.lock in gcpdeploy.yaml: requirements: [Pipfile.lock]"
	case base == "pyproject.toml":
		return "leave it out of the requirement files: its dependencies are found by themselves"
	}
	return ""
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
