package project

import (
	"fmt"
	"io/fs"
	"slices"

	"deps.dev/util/semver"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python"
	"github.com/gcpdeploy/gcpdeploy/internal/python/lockfile"
)

// Allowed are the released Pythons that requires-python and the lock files allow; what
// cannot be read excludes none.
func Allowed(fsys fs.FS, locks []string) []string {
	minors := python.Released
	if p, err := Read(fsys); err == nil && p.requires() != nil {
		minors = meeting(p.Project.RequiresPython)
	}
	for _, lock := range locks {
		if some, _ := lockAllows(fsys, lock, minors); len(some) > 0 {
			minors = some
		}
	}
	return minors
}

// lockAllows are those of the minors (nil = of all) that a lock file was made for, and
// how it says so; none where it does not say.
func lockAllows(fsys fs.FS, lock string, minors []string) (some []string, text string) {
	data, err := fs.ReadFile(fsys, lock)
	if err != nil {
		return nil, ""
	}
	either, text := lockfile.Python(lock, data)
	for _, minor := range meeting(either...) {
		if minors == nil || slices.Contains(minors, minor) {
			some = append(some, minor)
		}
	}
	return some, text
}

// later is how many minor versions may have come out since this program did.
const later = 2

// meeting are the released Pythons that meet one of the specifiers, else the first
// later one.
func meeting(either ...string) (minors []string) {
	meets := func(minor string) bool {
		return slices.ContainsFunc(either, func(specifier string) bool {
			c, err := semver.PyPI.ParseConstraint(specifier)
			return err == nil && satisfies(c, minor)
		})
	}
	for _, minor := range python.Released {
		if meets(minor) {
			minors = append(minors, minor)
		}
	}
	for n := range later {
		if minor := fmt.Sprintf("3.%d", 9+len(python.Released)+n); len(minors) == 0 && meets(minor) {
			return []string{minor}
		}
	}
	return minors
}

func supportedHint() string {
	return "Name one from " + python.Released[0] + " on, such as " + python.Default + ", or give --python."
}

// allowed takes one of the Pythons that requires-python and the lock allow.
func (p *Pyproject) allowed(fsys fs.FS, locks []string) (appfile.Found[string], error) {
	line, spec := p.line("project.requires-python", 0), p.Project.RequiresPython
	where := appfile.At(File, p.text, line)
	if p.requires() == nil {
		return appfile.Found[string]{}, errs.At(where, "Write it as in \">=3.10\".", "requires-python %q is no version specifier", spec)
	}
	allowed := meeting(spec)
	if len(allowed) == 0 {
		return appfile.Found[string]{}, errs.At(where, supportedHint(), "requires-python %q allows no supported version", spec)
	}
	said, from := fmt.Sprintf("requires-python %q", spec), appfile.Ref(File, line)
	if len(locks) > 0 { // who reads a lock that allows none of them tells it
		if some, text := lockAllows(fsys, locks[0], allowed); len(some) > 0 && len(some) < len(allowed) {
			allowed, said, from = some, fmt.Sprintf("%s with %s (%s)", said, locks[0], text), locks[0]
		}
	}
	c := choose(fsys, allowed, locks)
	return appfile.Found[string]{Value: c.minor, From: from, Notes: c.note(allowed, said)}, nil
}
