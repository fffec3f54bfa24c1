package source

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Place is the smallest folder that holds a directory, an absolute path, and what
// else goes up with it (see Options.Also), and where the directory lies in it: ""
// for the folder itself.
func Place(dir string, also []string) (root, at string) {
	root = filepath.Clean(dir)
	for range ups(also) {
		at = path.Join(filepath.Base(root), at)
		root = filepath.Dir(root)
	}
	return root, at
}

// ups is how many folders above the directory all of the names lie in.
func ups(also []string) (most int) {
	for _, name := range also {
		name, n := path.Clean(name)+"/", 0
		for strings.HasPrefix(name, "../") {
			name, n = name[len("../"):], n+1
		}
		most = max(most, n)
	}
	return most
}

// partsOf are what goes up, relative to the root and sorted; what lies in another
// part is no part. "." is all of the root.
func partsOf(at string, also []string) (parts []string) {
	parts = []string{path.Clean(at)}
	for _, name := range also {
		parts = append(parts, path.Join(at, name))
	}
	slices.Sort(parts)
	parts = slices.Compact(parts)
	return slices.DeleteFunc(slices.Clone(parts), func(p string) bool {
		return slices.ContainsFunc(parts, func(other string) bool { return p != other && under(p, other) })
	})
}

// under says whether a path is a folder, or lies in it.
func under(name, folder string) bool {
	return folder == "." || name == folder || strings.HasPrefix(name, folder+"/")
}

// holds says whether what lies at a path may go up.
func (s *scanner) holds(name string) bool {
	return len(s.parts) == 0 || slices.ContainsFunc(s.parts, func(p string) bool { return under(name, p) })
}

// all walks what goes up: the root, or those parts of it that are needed.
func (s *scanner) all() error {
	if len(s.parts) == 0 || s.parts[0] == "." {
		return s.dir(nil, gitOut{})
	}
	for _, p := range s.parts { // links among them are followed: --source may be one
		for d := path.Dir(p); d != "." && !slices.Contains(s.dirs, d); d = path.Dir(d) {
			s.dirs = append(s.dirs, d)
		}
		info, err := os.Stat(filepath.Join(s.root, filepath.FromSlash(p)))
		if err != nil {
			return unreadable(p, err)
		}
		if err := s.entry(strings.Split(p, "/"), fs.FileInfoToDirEntry(info), gitOut{}); err != nil {
			return err
		}
	}
	return nil
}
