package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"
)

// enter checks a name and makes way for it: its directory exists, and nothing
// but a directory is in its place.
func (u *unpacker) enter(name string) (string, error) {
	if err := u.ctx.Err(); err != nil {
		return "", context.Cause(u.ctx)
	}
	if err := u.another(); err != nil {
		return "", err
	}
	clean, err := u.check(name)
	if err != nil || clean == "." {
		return clean, err
	}
	if err := u.mkdir(path.Dir(clean)); err != nil {
		return "", err
	}
	if info, err := u.root.Lstat(clean); err == nil && !info.IsDir() {
		return clean, u.root.Remove(clean)
	}
	return clean, nil
}

// another counts what is made: the archive's entries, and the directories that
// their names imply.
func (u *unpacker) another() error {
	if u.count++; u.count > u.entries {
		return fmt.Errorf("the archive has more than %d entries", u.entries)
	}
	return nil
}

func (u *unpacker) check(name string) (string, error) {
	switch {
	case name == "" || strings.ContainsRune(name, 0):
		return "", errors.New("is no name")
	case len(name) > u.name:
		return "", fmt.Errorf("is longer than %d bytes", u.name)
	case path.IsAbs(name):
		return "", errors.New("is absolute")
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return "", errors.New("leads out of the archive")
		}
	}
	return path.Clean(name), nil
}

// mkdir makes a directory and those above it; a link is none.
func (u *unpacker) mkdir(name string) error {
	if u.dirs[name] {
		return nil
	}
	if err := u.mkdir(path.Dir(name)); err != nil {
		return err
	}
	if err := u.root.Mkdir(name, 0o755); err != nil {
		info, lerr := u.root.Lstat(name)
		if lerr != nil || !info.IsDir() {
			return err
		}
	} else if err := u.another(); err != nil {
		return err
	}
	u.dirs[name] = true
	return nil
}

func (u *unpacker) dir(name string, mode fs.FileMode) error {
	name, err := u.enter(name)
	if err != nil {
		return err
	}
	if err := u.mkdir(name); err != nil || name == "." {
		return err
	}
	return u.root.Chmod(name, mode|0o700) // files are still to come
}

func (u *unpacker) file(name string, mode fs.FileMode, modified time.Time, size int64, r io.Reader) error {
	name, err := u.enter(name)
	if err != nil {
		return err
	}
	tooMuch := fmt.Errorf("the archive has more than %d bytes", u.limits.bytes)
	if size > u.left { // as it says itself; holes are written, too
		return tooMuch
	}
	f, err := u.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	n, err := io.Copy(f, io.LimitReader(patient{u.ctx, r}, u.left+1))
	if u.left -= n; err == nil && u.left < 0 {
		err = tooMuch
	}
	if err == nil {
		err = f.Chmod(mode | 0o400)
	}
	if err = errors.Join(err, f.Close()); err == nil && !modified.IsZero() {
		err = u.root.Chtimes(name, modified, modified)
	}
	return err
}

func (u *unpacker) symlink(name, target string) error {
	name, err := u.enter(name)
	if err != nil {
		return err
	}
	if target == "" || len(target) > u.name || strings.ContainsRune(target, 0) {
		return errors.New("links to no name")
	}
	delete(u.dirs, name)
	return u.root.Symlink(target, name)
}

func (u *unpacker) link(name, target string) error {
	target, err := u.check(target)
	if err != nil {
		return fmt.Errorf("link target %q: %w", target, err)
	}
	if name, err = u.enter(name); err != nil {
		return err
	}
	return u.root.Link(target, name)
}
