package closure

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/python/link"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// archives are the endings that make pip take a word for a file.
var archives = []string{
	".zip", ".whl", ".tar.bz2", ".tbz", ".tar.gz", ".tgz", ".tar", ".tar.xz", ".txz", ".tlz", ".tar.lz", ".tar.lzma",
}

func isArchive(name string) bool {
	base := strings.ToLower(strings.TrimLeft(filepath.Base(name), "."))
	for _, ext := range archives {
		if strings.HasSuffix(base, ext) && len(base) > len(ext) {
			return true
		}
	}
	return false
}

// looksLikePath is pip's test: a slash somewhere, or a dot in front.
func looksLikePath(s string) bool { return strings.Contains(s, "/") || strings.HasPrefix(s, ".") }

// stripExtras cuts [extras] from the end of a path.
func stripExtras(s string) (path, extras string) {
	if !strings.HasSuffix(s, "]") {
		return s, ""
	}
	// The bracket holds no other closing one.
	inner := s[:len(s)-1]
	from := strings.LastIndexByte(inner, ']') + 1
	i := strings.IndexByte(inner[from:], '[')
	if i < 0 || from+i == 0 || from+i == len(inner)-1 {
		return s, ""
	}
	return strings.TrimRightFunc(s[:from+i], pep508.IsSpace), s[from+i:]
}

func (l *loader) abs(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(l.dir, path)
}

// setLocal makes a requirement of a folder or archive of the app's own.
func (l *loader) setLocal(r *Requirement, path, written string, at int) *pep508.Fault {
	abs := l.abs(path)
	rel, f := l.relative(abs, written, at)
	if f != nil {
		return f
	}
	info, err := os.Stat(abs)
	switch {
	case err != nil:
		return pep508.Faultf(at, "paths of projects are relative to the app's directory, not to the file", "%s does not exist", written)
	case info.IsDir():
		if !installable(abs) {
			return pep508.Faultf(at, "name the folder that holds pyproject.toml or setup.py", "%s has neither pyproject.toml nor setup.py", written)
		}
	case !info.Mode().IsRegular():
		return pep508.Faultf(at, "name a folder or an archive", "%s is no regular file", written)
	case strings.HasSuffix(abs, ".whl"):
		if f := wheelName(r, filepath.Base(abs), at); f != nil {
			return f
		}
	}
	r.form.local, r.form.own = rel, info.IsDir() && !r.Constraint
	if !r.form.own {
		l.locals[rel] = true
	}
	r.Link = link.OfPath(abs)
	return nil
}

func installable(dir string) bool {
	return isFile(filepath.Join(dir, "pyproject.toml")) || isFile(filepath.Join(dir, "setup.py"))
}

// setFileLink resolves a file: URL.
func (l *loader) setFileLink(r *Requirement, a link.URL, text string, at int) *pep508.Fault {
	if a.Netloc != "" && a.Netloc != "localhost" {
		return pep508.Faultf(at, "write file:///PATH with three slashes", "a file: URL cannot name another host: %s", a.Netloc)
	}
	path := link.Unquote(a.Path)
	if f := l.setLocal(r, path, path, at); f != nil {
		return f
	}
	if !strings.Contains(text, "../") {
		r.Link = text
	}
	fragment := a.FragmentBesideEgg()
	sub, _, ok := link.FragmentValue("#"+fragment, "subdirectory")
	abs := l.abs(path)
	if !isDir(abs) {
		r.form.fragment = link.Escape(fragment)
		return nil
	}
	if ok { // all else that a folder's fragment may say means nothing
		if !installable(filepath.Join(abs, filepath.FromSlash(sub))) {
			return pep508.Faultf(at, "correct subdirectory=", "%s has no project in %s", path, sub)
		}
		rel, f := l.relative(filepath.Join(abs, filepath.FromSlash(sub)), path, at)
		if f != nil {
			return f
		}
		r.form.local = rel
		if r.Constraint {
			l.locals[rel] = true
		}
	}
	return nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
