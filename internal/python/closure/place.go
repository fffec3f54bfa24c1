package closure

import (
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// relative makes a path relative to the app: "../lib" lies beside it, and goes up
// with it.
func (l *loader) relative(abs, written string, at int) (string, *pep508.Fault) {
	rel, err := filepath.Rel(l.dir, abs)
	if err != nil {
		return "", pep508.Faultf(at, "move it into the app's directory", "%s is on another drive than the app", written)
	}
	rel = filepath.ToSlash(rel)
	if bad := strings.IndexFunc(rel, func(r rune) bool { return r < ' ' || strings.ContainsRune(`;[]\#$"'`, r) }); bad >= 0 ||
		strings.Contains(rel, " -") || strings.TrimSpace(rel) != rel {
		return "", pep508.Faultf(at, "rename it to letters, digits, - _ . and /", "a requirements file cannot name %q", rel)
	}
	if rel == ".." || strings.HasPrefix(rel, "../") {
		return rel, l.beside(rel, written, at)
	}
	return rel, nil
}

// beside judges what lies outside of the app's folder. The source is then all that
// is needed of the smallest folder that holds both.
func (l *loader) beside(rel, written string, at int) *pep508.Fault {
	around, rest := l.dir, rel+"/"
	for strings.HasPrefix(rest, "../") {
		name := filepath.Base(around)
		if strings.ContainsFunc(name, func(r rune) bool { return !unicode.In(r, unicode.L, unicode.N) && !strings.ContainsRune("._+@-", r) }) {
			return pep508.Faultf(at, "rename that folder to letters, digits, - _ . + and @", "%s is outside of the app's directory, and the build's paths cannot name the folder %q around it", written, name)
		}
		around, rest = filepath.Dir(around), rest[len("../"):]
	}
	if filepath.Dir(around) == around {
		return pep508.Faultf(at, "move it beside the app's directory", "%s is outside of the app's directory, and no folder but %s holds both", written, around)
	}
	for part := range strings.SplitSeq(strings.TrimSuffix(rest, "/"), "/") {
		if strings.HasPrefix(part, ".") {
			return pep508.Faultf(at, "move it to a folder that is not hidden", "%s is outside of the app's directory, in the hidden folder %s", written, part)
		}
		around = filepath.Join(around, part)
		if to, err := os.Readlink(around); err == nil {
			return pep508.Faultf(at, "name what it points to", "%s is outside of the app's directory, and %s is a symbolic link to %s", written, part, to)
		}
	}
	return nil
}
