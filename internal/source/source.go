// Package source is the app's directory as it is sent: which files go up, what
// they hash to, and the archive made of them. It selects as gcloud does, so
// that moving from gcloud changes nothing, and says where git would have read
// the same rules otherwise. It knows nothing of where the archive goes. In the
// flow it stands beside requirements and dockerfile: its hash is part of the
// app key, its archive is what a build starts from.
package source

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Reserved is the folder at the archive's root that belongs to gcpdeploy. A
// tree that would send one of its own is refused.
const Reserved = ".gcpdeploy"

// Options change what Scan selects.
type Options struct {
	// IgnoreFile is used instead of .gcloudignore; relative to the directory.
	// Unlike with gcloud it must exist.
	IgnoreFile string
	// Also are folders and files outside of the directory that go up with it, slashed
	// and relative to it: "../lib". What goes up then lies as it does in the smallest
	// folder that holds them all, and nothing else of that folder goes.
	Also []string
	// Top is a folder above them all, relative to the directory, whose rules hold, too,
	// with those of the folders on the way; so do those of a git repository. "" = none.
	Top string
}

// File is one thing that goes up: a regular file or a symbolic link.
type File struct {
	// Path is relative to the directory, with slashes; with Options.Also, to the
	// smallest folder that holds it all.
	Path string
	// Mode is 0644 or 0755 for files, fs.ModeSymlink|0777 for links: nothing
	// of the owner, the umask or the machine is left in it.
	Mode fs.FileMode
	// Size is the content's length in bytes, 0 for links.
	Size int64
	// Link is the target as written in the link, "" for files.
	Link string
	// Sum is the SHA-256 of the content, zero for links.
	Sum [32]byte
}

// Tree is what goes up. But for Replace it is not changed once Scan returned it,
// and then safe for concurrent use.
type Tree struct {
	// Files are sorted by path. Folders are not among them.
	Files []File
	// Notes say what was decided without being asked, Warnings what the user
	// will probably regret.
	Notes, Warnings []string
	// At is where the directory lies in what goes up, "" at its top; Parts are all
	// that goes up then, itself among them.
	At    string
	Parts []string

	root    string
	dirs    []string // every folder that goes up, empty ones too, sorted
	rules   *rules
	instead map[string][]byte // see Replace
}

// Size is the content of all files in bytes, before compression.
func (t *Tree) Size() int64 {
	var n int64
	for _, f := range t.Files {
		n += f.Size
	}
	return n
}

// Scan walks dir, applies the ignore rules and hashes what is left, on all
// cores. It never reads an ignored folder. Errors name the file: Usage for what
// the user can mend, Transient for what changed under the walk.
func Scan(ctx context.Context, dir string, o Options) (*Tree, error) {
	root, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(root); err != nil || !info.IsDir() {
		return nil, errs.New(errs.Usage, "Name the app's folder.", "%s is not a folder", dir)
	}
	s := &scanner{ctx: ctx, root: root}
	at := ""
	if len(o.Also) == 0 {
		s.rules, err = loadRules(root, o.IgnoreFile)
	} else {
		s.root, at = Place(root, o.Also)
		s.parts = partsOf(at, o.Also)
		s.rules, err = loadAll(s.root, at, o)
	}
	if err != nil {
		return nil, err
	}
	if err := s.run(); err != nil {
		return nil, err
	}
	t := &Tree{root: s.root, At: at, Parts: s.parts, dirs: s.dirs, rules: s.rules}
	for _, i := range s.items {
		t.Files = append(t.Files, i.File)
	}
	t.Notes, t.Warnings = s.notes(), s.warnings()
	return t, nil
}
