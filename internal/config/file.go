package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// FileOf is the path of the configuration file of an input, there or not.
func FileOf(in Input) (string, error) {
	if in.Lookup == nil {
		in.Lookup = func(string) (string, bool) { return "", false }
	}
	path, err := configFile(in)
	if path == "" {
		path = filepath.Join(in.Dir, DefaultFile)
	}
	return path, err
}

// configFile is the path of the file to read, "" for none.
func configFile(in Input) (string, error) {
	if path := first(in.File, in.Lookup, prefix+"CONFIG", pluginPrefix+"CONFIG"); path != "" {
		return path, nil
	}
	var there []string
	for _, name := range []string{DefaultFile, "gcpdeploy.yml"} {
		path := filepath.Join(in.Dir, name)
		if _, err := os.Lstat(path); err == nil {
			there = append(there, path)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", errs.New(errs.Usage, "", "reading the configuration: %w", err)
		}
	}
	switch len(there) {
	case 0:
		return "", nil
	case 1:
		return there[0], nil
	}
	return "", errs.New(errs.Usage, "Keep one of them.", "both %s and %s are there", there[0], there[1])
}

// first is s, or the first variable that is not empty.
func first(s string, lookup func(string) (string, bool), names ...string) string {
	for _, n := range names {
		if s == "" {
			s, _ = lookup(n)
		}
	}
	return s
}
