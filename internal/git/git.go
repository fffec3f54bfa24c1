// Package git reads what the files of a git repository say of it: where its work
// tree begins, what it is called elsewhere, which branch is the one that counts
// there. It runs git only to compare work trees, follows no include, and changes nothing.
package git

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Repository is a git repository that is checked out.
type Repository struct {
	Root string // the top of the work tree, absolute

	dir    string // of this work tree: HEAD
	common string // of all its work trees: config, refs
}

// Find gives the repository that a folder lies in; ok is false where it is in none.
func Find(folder string) (r Repository, ok bool, err error) {
	folder, err = filepath.Abs(folder)
	if err != nil {
		return Repository{}, false, err
	}
	for ; ; folder = filepath.Dir(folder) {
		at := filepath.Join(folder, ".git")
		info, err := os.Stat(at)
		switch {
		case err == nil && info.IsDir():
			return Repository{folder, at, at}, true, nil
		case err == nil:
			r, err := elsewhere(folder, at)
			return r, err == nil, err
		case !errors.Is(err, fs.ErrNotExist):
			return Repository{}, false, unreadable(err)
		case folder == filepath.Dir(folder):
			return Repository{}, false, nil
		}
	}
}

// elsewhere is a repository whose .git is a file that says where it is: that of one
// work tree among several, or of a submodule.
func elsewhere(root, file string) (Repository, error) {
	text, err := line(file)
	if err != nil {
		return Repository{}, unreadable(err)
	}
	dir, ok := strings.CutPrefix(text, "gitdir: ")
	if !ok {
		return Repository{}, errs.At(errs.Place{File: file, Line: 1}, "Look at it: git writes one line, gitdir: FOLDER.", "names no folder of git's")
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(root, dir)
	}
	r := Repository{root, dir, dir}
	switch common, err := line(filepath.Join(dir, "commondir")); {
	case err == nil && filepath.IsAbs(common):
		r.common = common
	case err == nil:
		r.common = filepath.Join(dir, common)
	case !errors.Is(err, fs.ErrNotExist):
		return Repository{}, unreadable(err)
	}
	return r, nil
}

// longest bounds what is read of a file that has one line.
const longest = 64 << 10

func line(file string) (string, error) {
	info, err := os.Stat(file)
	if err == nil && info.Size() > longest {
		err = errors.New(file + " is too large for what git writes there")
	}
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(file)
	return strings.TrimRight(string(text), "\r\n"), err
}

func unreadable(err error) error {
	return errs.New(errs.Usage, "", "reading the git repository: %w", err)
}

// Branch is the branch that is checked out; "" where none is.
func (r Repository) Branch() string {
	text, _ := line(filepath.Join(r.dir, "HEAD"))
	branch, _ := strings.CutPrefix(text, "ref: refs/heads/")
	if branch == text {
		return ""
	}
	return branch
}

// Default is the branch that counts at a remote, as it was when the repository was
// cloned; "" where that is not known.
func (r Repository) Default(remote string) string {
	text, _ := line(filepath.Join(r.common, "refs", "remotes", filepath.FromSlash(remote), "HEAD"))
	branch, ok := strings.CutPrefix(text, "ref: refs/remotes/"+remote+"/")
	if !ok {
		return ""
	}
	return branch
}
