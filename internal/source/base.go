package source

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// base is a folder whose rules count: one of the tree, or one above its root.
type base struct {
	names []string // of the folder, from the root; none = the root, or above it
	above []string // of the root, from the folder above
}

// within makes a path relative to the folder; ok is false for what is not in it.
func (b *base) within(names []string) (rel []string, ok bool) {
	switch {
	case b == nil:
		return names, true
	case len(b.above) > 0:
		return slices.Concat(b.above, names), true
	case len(names) <= len(b.names) || !slices.Equal(names[:len(b.names)], b.names):
		return nil, false
	}
	return names[len(b.names):], true
}

func (b *base) path(name string) (rel string, ok bool) {
	if b == nil {
		return name, true
	}
	names, ok := b.within(strings.Split(name, "/"))
	return strings.Join(names, "/"), ok
}

// loadAll reads the rules of all folders on the way from the top to what goes up: the
// deeper one outweighs the higher, as with git.
func loadAll(root, at string, o Options) (*rules, error) {
	all := &rules{none: true, agree: true, homes: map[string]string{}}
	add := func(folder string, b *base, shown, named string) error {
		r, err := loadRules(folder, named)
		if err != nil {
			return fmt.Errorf("%s: %w", shown, err)
		}
		all.none, all.agree = all.none && r.none, all.agree && r.agree
		for _, one := range r.list {
			one.base = b
			if one.file != "" {
				one.file = path.Join(shown, one.file)
			}
			all.list = append(all.list, one)
		}
		for _, w := range r.warnings {
			all.warnings = append(all.warnings, path.Join(shown, w))
		}
		all.homes[shown] = r.home()
		if shown == path.Clean(at) {
			all.name = path.Join(shown, r.home())
		}
		return nil
	}
	top := topOf(root, at, o.Top)
	for n := len(top); n > 0; n-- {
		shown := strings.TrimSuffix(strings.Repeat("../", n), "/")
		if err := add(filepath.Join(root, filepath.FromSlash(shown)), &base{above: top[len(top)-n:]}, shown, ""); err != nil {
			return nil, err
		}
	}
	var folders []string
	for _, name := range append([]string{"."}, o.Also...) {
		for d := path.Join(at, name); ; d = path.Dir(d) {
			folders = append(folders, d)
			if d == "." {
				break
			}
		}
	}
	slices.Sort(folders)
	for _, d := range slices.Compact(folders) { // a folder comes before what is in it
		if info, err := os.Stat(filepath.Join(root, filepath.FromSlash(d))); err != nil || !info.IsDir() {
			continue
		}
		named, b := "", &base{names: strings.Split(d, "/")}
		if d == path.Clean(at) {
			named = o.IgnoreFile
		}
		if d == "." {
			b = nil
		}
		if err := add(filepath.Join(root, filepath.FromSlash(d)), b, d, named); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// topOf gives the names on the way from the topmost folder whose rules hold to the
// root: that of the git repository, or the one that was named.
func topOf(root, at, named string) (names []string) {
	limit := ""
	if named != "" {
		limit = filepath.Join(root, filepath.FromSlash(at), filepath.FromSlash(named))
	}
	var way []string
	for dir := root; ; {
		if exists(filepath.Join(dir, ".git")) {
			return way
		}
		if dir == limit {
			names = slices.Clone(way)
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return names
		}
		way = append([]string{filepath.Base(dir)}, way...)
		dir = parent
	}
}
