// Package detect finds in an app's own files what nobody configured: the entrypoint,
// the tests, packages of the system, and which Python App Engine ran it with. It reads
// text and never runs code; each answer says where it came from. What the files of a
// Python project say, python/project reads. It sits between config.Load and the plan.
package detect

import "github.com/gcpdeploy/gcpdeploy/internal/python/closure"

// Group gives the requirements that a lock file has for a group or extra, and
// the name that reads them; ok is false when it has no such group.
type Group func(group string) (name string, packages []string, ok bool)

// Tests is how the app is tested. No Command means that no tests were found.
type Tests struct {
	Command      []string
	Requirements []string          // files; may hold pseudo-files, see project.Dependencies
	Extra        []closure.Strings // requirements that no file names, such as pytest
}
