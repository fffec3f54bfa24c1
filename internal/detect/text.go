package detect

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// maxText is how much of a file is read; what matters stands near the top.
const maxText = 1 << 20

// read gives a file's text with LF line ends and no byte order mark. ok is
// false when there is no such file.
func read(fsys fs.FS, name string) (text string, ok bool, err error) {
	f, err := fsys.Open(name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return "", false, nil
	}
	if err != nil {
		return "", false, errs.New(errs.Usage, "", "reading the app: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return "", false, nil
	}
	data, err := io.ReadAll(io.LimitReader(f, maxText))
	if err != nil {
		return "", false, errs.New(errs.Usage, "", "reading %s: %w", name, err)
	}
	text = strings.TrimPrefix(string(data), "\ufeff")
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), true, nil
}

func exists(fsys fs.FS, name string) bool {
	_, err := fs.Stat(fsys, name)
	return err == nil
}

// at is a place in text, by line from 1.
func at(file, text string, line int) errs.Place {
	p := errs.Place{File: file, Line: line}
	if lines := strings.Split(text, "\n"); line > 0 && line <= len(lines) {
		p.Excerpt = lines[line-1]
		p.Column = len(p.Excerpt) - len(strings.TrimLeft(p.Excerpt, " \t")) + 1
	}
	return p
}

func lineOf(text string, offset int) int { return 1 + strings.Count(text[:offset], "\n") }

func place(file string, line int) string { return fmt.Sprintf("%s:%d", file, line) }
