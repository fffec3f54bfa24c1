package requirements

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// include follows -r or -c. What a -r names is requirements, even from inside a
// file of constraints.
func (l *loader) include(f source, lg logical, u use) error {
	place := lg.place(f.name, u.at)
	target := u.value
	switch a := splitURL(target); a.scheme {
	case "http", "https":
		return errs.At(place, "download the file, commit it, and name it by its path",
			"%s cannot be included: its content could change while the wheels key stays the same", mask(target))
	case "file":
		if a.netloc != "" && a.netloc != "localhost" {
			return errs.At(place, "name the file by its path", "a file: URL cannot name another host: %s", a.netloc)
		}
		target = unquote(a.path)
	}
	path := filepath.FromSlash(target)
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(f.path), path)
	}
	path = filepath.Clean(path)
	if i := slices.Index(f.chain, path); i >= 0 {
		var loop []string
		for _, p := range append(slices.Clone(f.chain[i:]), path) {
			loop = append(loop, l.name(p))
		}
		return errs.At(place, "remove this line, or one of the others", "the files include each other in a loop: %s", strings.Join(loop, " → "))
	}
	at := l.at
	err := l.read(source{
		path: path, name: l.name(path), constraint: u.name == "--constraint", chain: append(slices.Clone(f.chain), path),
	}, &place)
	l.at = at
	return err
}
