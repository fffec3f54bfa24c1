// Package program finds what a linux executable is loaded with, for images that
// hold a program of this machine and nothing else. It runs nothing.
package program

import (
	"bytes"
	"debug/elf"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
)

// Libraries are the paths of the shared objects that an executable is loaded with:
// the loader and, from where the loader looks first, all that is needed. A static
// executable needs none; `go build` and `go install` make one that needs libc where
// there is a C compiler.
func Libraries(exe string) ([]string, error) {
	paths := map[string]bool{}
	if err := needed(exe, nil, paths); err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(paths)), nil
}

// needed adds what the file at path needs, and what that needs. dirs is where to
// look; nil for the executable, which says so by its loader's place.
func needed(path string, dirs []string, paths map[string]bool) error {
	f, err := elf.Open(path)
	if err != nil {
		return fmt.Errorf("%s cannot be read as a linux executable: %w", path, err)
	}
	defer f.Close()
	if dirs == nil {
		loader, err := interpreter(f)
		if err != nil || loader == "" {
			return err
		}
		paths[loader] = true
		dirs = []string{filepath.Dir(loader)}
		for _, pattern := range []string{"/lib/*-linux-gnu*", "/usr/lib/*-linux-gnu*", "/lib64", "/usr/lib64", "/lib", "/usr/lib"} {
			found, _ := filepath.Glob(pattern) // the patterns are right
			dirs = append(dirs, found...)
		}
	}
	names, err := f.ImportedLibraries()
	if err != nil {
		return err
	}
	for _, name := range names {
		lib, ok := find(name, f.Machine, dirs)
		if !ok {
			return fmt.Errorf("the library %s of %s is not found", name, path)
		}
		if !paths[lib] {
			paths[lib] = true
			if err := needed(lib, dirs, paths); err != nil {
				return err
			}
		}
	}
	return nil
}

// interpreter is the loader that an executable names, "" for a static one.
func interpreter(f *elf.File) (string, error) {
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			name, err := io.ReadAll(p.Open())
			return string(bytes.TrimRight(name, "\x00")), err
		}
	}
	return "", nil
}

// find gives the first file of that name that is for the machine.
func find(name string, machine elf.Machine, dirs []string) (string, bool) {
	for _, dir := range dirs {
		path := filepath.Join(dir, name)
		f, err := elf.Open(path)
		if err != nil {
			continue
		}
		fits := f.Machine == machine
		f.Close()
		if fits {
			return path, true
		}
	}
	return "", false
}
