package program_test

import (
	"debug/elf"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/program"
)

// TestLibraries: a shell of this machine with its loader and libraries runs where
// there is nothing else, so each of them is a file, and libc is among them.
func TestLibraries(t *testing.T) {
	t.Parallel()
	const shell = "/bin/sh"
	f, err := elf.Open(shell)
	if err != nil {
		t.Skip(err) // not Linux
	}
	defer f.Close()
	wants, err := f.ImportedLibraries()
	if err != nil {
		t.Fatal(err)
	}
	got, err := program.Libraries(shell)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range got {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	for _, want := range wants {
		if !slices.ContainsFunc(got, func(path string) bool { return filepath.Base(path) == want }) {
			t.Errorf("no %s among %q", want, got)
		}
	}
	if _, err := program.Libraries("program.go"); err == nil {
		t.Error("a text has libraries")
	}
}
