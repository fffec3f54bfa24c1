package engine

import (
	"fmt"
	"slices"
	"strings"

	"deps.dev/util/semver"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// agree reads another source beside the lock that is taken, and refuses it
// where it asks for what the lock does not install: then nobody can tell which
// of them is meant.
func (r *reader) agree(taken *closure.Closure, other string) error {
	lock := r.locks[0].File
	second := &reader{c: r.c, lookup: r.lookup}
	also, err := second.closure([]string{other}, nil)
	if err != nil {
		return fmt.Errorf("%s is beside %s: %w", other, lock, err)
	}
	hint := fmt.Sprintf("Write them anew from one source, or choose: set requirements: [%s] or [%s] in gcpdeploy.yaml.", other, lock)
	for _, o := range options(also) {
		if !slices.Contains(options(taken), o) {
			return errs.At(errs.Place{File: other}, hint, "it sets %s, which %s does not", o, lock)
		}
	}
	env := pep508.Environment{Python: r.c.Python}
	for _, q := range also.Requirements {
		if _, holds, err := env.Reduce(q.Marker); err == nil && !holds {
			continue
		}
		place := errs.Place{File: q.File, Line: q.Line}
		locked, found := lockedAs(taken, q)
		switch {
		case len(locked) == 0 && q.Constraint:
		case len(locked) == 0:
			return errs.At(place, hint, "it asks for %s, which %s does not install", q.Raw, lock)
		case !found:
			return errs.At(place, hint, "it asks for %s, and %s:%d has %s", q.Raw, locked[0].File, locked[0].Line, locked[0].Raw)
		}
	}
	r.notes = append(r.notes, fmt.Sprintf("%s is used; %s agrees with it", lock, other))
	return nil
}

// lockedAs gives what is locked of a requirement's project, and whether that
// meets the requirement.
func lockedAs(c *closure.Closure, q closure.Requirement) (locked []closure.Requirement, meets bool) {
	for _, l := range c.Requirements {
		if q.Name != "" && l.Name == q.Name || q.Name == "" && l.Link == q.Link {
			locked = append(locked, l)
		}
	}
	return locked, slices.ContainsFunc(locked, func(l closure.Requirement) bool { return satisfies(l, q) })
}

func satisfies(locked, asked closure.Requirement) bool {
	switch {
	case asked.Link != "":
		return repository(asked.Link) == repository(locked.Link)
	case locked.Link != "", asked.Specifier == "", asked.Specifier == locked.Specifier:
		return true
	}
	return admits(asked.Specifier, strings.TrimPrefix(locked.Specifier, "=="))
}

// admits says whether a specifier lets a locked version in. A pre-release that was
// locked was asked for, and a local version such as 2.9.0+cpu is the version before
// the plus to those who name none.
func admits(specifier, version string) bool {
	c, err := semver.PyPI.ParseConstraint(specifier)
	if err != nil {
		return true
	}
	if !strings.Contains(specifier, "+") {
		version, _, _ = strings.Cut(version, "+")
	}
	v, err := semver.PyPI.Parse(version)
	return err != nil || c.MatchVersion(v) || v.IsPrerelease() && c.MatchVersionPrerelease(v)
}

// repository is a link without its revision: a branch that was asked for is
// locked as a commit.
func repository(link string) string {
	link, _, _ = strings.Cut(link, "#")
	if i := strings.LastIndexByte(link, '@'); strings.HasPrefix(link, "git+") && i > strings.LastIndexByte(link, '/') {
		link = link[:i]
	}
	return strings.TrimSuffix(link, ".git")
}

// options are the options of a closure that choose among packages.
func options(c *closure.Closure) (lines []string) {
	for _, e := range c.Entries() {
		switch {
		case e.Kind != closure.Option, e.Name == "--require-hashes", e.Name == "--no-require-hashes":
		case e.Name == "--index-url" && e.Value == closure.DefaultIndex:
		default:
			lines = append(lines, e.Line)
		}
	}
	return lines
}
