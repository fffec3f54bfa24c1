// Package detect finds in an app's own files what nobody configured: the Python
// version, the requirement files, the entrypoint and the tests. It reads text
// and never runs code; each answer says where it came from, so that a plan can
// show it. It sits between config.Load and the plan.
package detect

import "io/fs"

// Found is one answer: its value, the file (with line) or rule it came from, and what
// the user may want to know about it.
type Found[T any] struct {
	Value T
	From  string
	Notes []string
}

// Located is a requirement given outside of a requirements file.
type Located struct {
	Text, File string
	Line       int
}

// Tests is how the app is tested. No Command means that no tests were found.
type Tests struct {
	Command      []string
	Requirements []string  // files; may hold pseudo-files, see Dependencies
	Extra        []Located // requirements that no file names, such as pytest
}

// Python gives the minor version, such as "3.12".
func Python(fsys fs.FS) (Found[string], error) { return Found[string]{}, nil }

// Requirements gives the requirement files; may hold pseudo-files, see Dependencies.
func Requirements(fsys fs.FS) (Found[[]string], error) { return Found[[]string]{}, nil }

// Dependencies reads a pseudo-file: "pyproject.toml" is `[project]
// dependencies`, "pyproject.toml[test]" the dependency group or extra test. ok
// is false for any other name: that is a real requirements file.
func Dependencies(fsys fs.FS, name string) (reqs []Located, ok bool, err error) {
	return nil, false, nil
}

// Entrypoint gives the exec form of the start command; has tells what the
// requirements contain, by normalised name. The error wraps ErrNoEntrypoint
// when there is nothing to start.
func Entrypoint(fsys fs.FS, has func(pkg string) bool) (Found[[]string], error) {
	return Found[[]string]{}, nil
}

// Test gives the test command. Not finding tests is no error.
func Test(fsys fs.FS, has func(pkg string) bool) (Found[Tests], error) { return Found[Tests]{}, nil }
