package lockfile

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/link"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// maxFile bounds what is read; the largest lock files have a few megabytes.
const maxFile = 64 << 20

// Read reads a source such as "uv.lock", "../uv.lock" or "poetry.lock[test]",
// relative to the app's directory. ok is false for any other name. Errors are
// errs.Usage with their place.
func Read(dir, name string, target Target) (l *Lock, ok bool, err error) {
	file, group, ok := Split(name)
	if !ok {
		return nil, false, nil
	}
	format := formatOf(file)
	in := input{
		file: file, group: pep508.Normal(group), member: ".",
		env: pep508.Environment{Python: target.Python},
	}
	if in.data, err = readFile(dir, file); err != nil {
		return nil, true, err
	}
	if in.data == nil {
		return nil, true, errs.At(errs.Place{File: file}, "Correct the name under requirements.", "there is no such file")
	}
	beside := path.Dir(file)
	if up, ok := above(dir, beside); ok {
		in.member, beside = up, "."
	}
	if in.project, err = readFile(dir, path.Join(beside, format.project)); err != nil {
		return nil, true, err
	}
	l, err = format.parse(in)
	if err != nil {
		return nil, true, err
	}
	l.Refresh = format.refresh
	for name, data := range map[string][]byte{file: in.data, path.Join(beside, format.project): in.project} {
		if link.HasLogin(string(data)) {
			l.Logins = append(l.Logins, name)
		}
	}
	slices.Sort(l.Logins)
	return l, true, nil
}

// readFile gives nil for a file that is not there.
func readFile(dir, name string) ([]byte, error) {
	full := filepath.Join(dir, filepath.FromSlash(name))
	info, err := os.Stat(full)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.IsDir() {
		return nil, nil
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(full)
	}
	switch {
	case err != nil:
		return nil, errs.At(errs.Place{File: name}, "Make the file readable.", "%w", errors.Unwrap(err))
	case len(data) > maxFile:
		return nil, errs.At(errs.Place{File: name}, "Export requirements.txt.", "the file has more than %d MiB", maxFile>>20)
	}
	return bytes.TrimPrefix(data, []byte("\ufeff")), nil
}

// above says whether a folder, named relative to the app, holds the app, and
// then where in it the app is.
func above(dir, folder string) (member string, ok bool) {
	if folder != ".." && !strings.HasPrefix(folder, "../") {
		return ".", folder == "."
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", false
	}
	rel, err := filepath.Rel(filepath.Join(abs, filepath.FromSlash(folder)), abs)
	rel = filepath.ToSlash(rel)
	return rel, err == nil && rel != ".." && !strings.HasPrefix(rel, "../")
}
