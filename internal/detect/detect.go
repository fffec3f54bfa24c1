// Package detect finds in an app's own files what nobody configured: the Python
// version, the requirement files, the entrypoint and the tests. It reads text
// and never runs code; each answer says where it came from, so that a plan can
// show it. It sits between config.Load and the plan.
package detect

// Found is one answer: its value, the file (with line) or rule it came from, and what
// the user may want to know about it.
type Found[T any] struct {
	Value T
	From  string
	Notes []string
	// Beside are other sources of the same, which must agree with the value.
	Beside []string
}

// Located is a requirement given outside of a requirements file.
type Located struct {
	Text, File string
	Line       int
}

// Group gives the requirements that a lock file has for a group or extra, and
// the name that reads them; ok is false when it has no such group.
type Group func(group string) (name string, packages []string, ok bool)

// Tests is how the app is tested. No Command means that no tests were found.
type Tests struct {
	Command      []string
	Requirements []string  // files; may hold pseudo-files, see Dependencies
	Extra        []Located // requirements that no file names, such as pytest
}
