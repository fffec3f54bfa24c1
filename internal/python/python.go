// Package python names the Pythons that apps can have. What is known of their
// projects, requirements and wheels is in the packages below.
package python

import (
	"regexp"
	"strings"
)

// Released are the minor versions to choose from where several would do, oldest
// first. An app may name another one: what its base image has decides.
var Released = []string{"3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15"}

// Default is used when nothing says which.
const Default = "3.12"

// form is a minor version from 3.9 on; free-threaded builds began with 3.13.
var form = regexp.MustCompile(`^3\.(?:9|[1-9][0-9]|1[3-9]t|[2-9][0-9]t)$`)

// Valid says whether that is a minor version that an app can have: "3.12", or
// "3.14t" for the free-threaded build of 3.14.
func Valid(minor string) bool { return form.MatchString(minor) }

// Language is the version without its build: what markers and requires-python mean.
func Language(minor string) string { return strings.TrimSuffix(minor, "t") }

// FreeThreaded says whether it is the build without the global lock, which has an
// ABI of its own.
func FreeThreaded(minor string) bool { return strings.HasSuffix(minor, "t") }
