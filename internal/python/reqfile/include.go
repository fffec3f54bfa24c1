package reqfile

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/link"
)

// include follows -r or -c. What a -r names is requirements, even from inside a
// file of constraints.
func (r *Reader) include(f file, s Statement) error {
	place := s.place(s.At)
	target := s.Value
	switch a := link.Split(target); a.Scheme {
	case "http", "https":
		return errs.At(place, "download the file, commit it, and name it by its path",
			"%s cannot be included: its content could change while the wheels key stays the same", link.Mask(target))
	case "file":
		if a.Netloc != "" && a.Netloc != "localhost" {
			return errs.At(place, "name the file by its path", "a file: URL cannot name another host: %s", a.Netloc)
		}
		target = link.Unquote(a.Path)
	}
	path := filepath.FromSlash(target)
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(f.path), path)
	}
	path = filepath.Clean(path)
	if i := slices.Index(f.chain, path); i >= 0 {
		var loop []string
		for _, p := range append(slices.Clone(f.chain[i:]), path) {
			loop = append(loop, r.name(p))
		}
		return errs.At(place, "remove this line, or one of the others", "the files include each other in a loop: %s", strings.Join(loop, " → "))
	}
	return r.read(file{
		path: path, name: r.name(path), constraint: s.limits, chain: append(slices.Clone(f.chain), path),
	}, &place)
}
