package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/detect"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/python/lockfile"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
	"github.com/gcpdeploy/gcpdeploy/internal/python/project"
)

// reader reads the sources of requirements into closures: requirement files,
// lock files, and the dependencies in pyproject.toml.
type reader struct {
	c      *config.Config
	lookup func(string) (string, bool)
	locks  []*lockfile.Lock // read by the last closure
	notes  []string
}

// closure reads all sources of the names, and extra requirements.
func (r *reader) closure(names []string, extra []closure.Strings) (*closure.Closure, error) {
	c := r.c
	from := closure.Sources{
		IndexURL: c.Wheels.IndexURL, NoBinary: c.Wheels.NoBinary, OnlyBinary: c.Wheels.OnlyBinary, Strings: extra,
		Project: func(folder string, extras []string) (closure.Project, error) {
			return project.Describe(os.DirFS(filepath.Join(c.Dir, filepath.FromSlash(folder))), folder, extras)
		},
	}
	r.locks = nil
	for _, name := range names {
		lock, ok, err := lockfile.Read(c.Dir, name, lockfile.Target{Python: c.Python})
		if err != nil {
			return nil, err
		}
		if ok {
			r.locks = append(r.locks, lock)
			r.notes = append(r.notes, lock.Notes...)
			continue
		}
		reqs, ok, err := project.Dependencies(os.DirFS(c.Dir), name)
		switch {
		case err != nil:
			return nil, err
		case !ok:
			from.Files = append(from.Files, name)
		case len(reqs.Lines) > 0:
			from.Strings = append(from.Strings, reqs)
		}
	}
	return r.withLocks(from)
}

// withLocks adds what was locked. Pip takes hashes for all packages or for
// none, so the locks' are left out where anything has none.
func (r *reader) withLocks(from closure.Sources) (*closure.Closure, error) {
	r.indexes(&from)
	read := func(hashes bool) (*closure.Closure, error) {
		all := from
		all.Strings = slices.Clone(from.Strings)
		for _, l := range r.locks {
			all.Strings = append(all.Strings, l.Requirements(hashes))
		}
		return closure.LoadAll(r.c.Dir, all, r.lookup)
	}
	cl, err := read(true)
	if err != nil || len(r.locks) == 0 {
		return cl, err
	}
	q, lacks := cl.Unhashed()
	if !lacks {
		return cl, nil
	}
	if cl.HashChecking() {
		r.notes = append(r.notes, fmt.Sprintf("%s:%d: %s has no hash, so pip cannot check those of %s", q.File, q.Line, q.Raw, r.locks[0].File))
	}
	for _, index := range from.ExtraIndexURLs {
		r.notes = append(r.notes, fmt.Sprintf("%s: pip asks %s for every package, whatever the lock says, and no hash tells whose it takes", r.locks[0].File, index))
	}
	return read(false)
}

// freeThreaded refuses a free-threaded Python without an image that has it: those that
// are the default have none.
func freeThreaded(c *config.Config) error {
	if !python.FreeThreaded(c.Python) || c.Origin["base_image"] != "default" {
		return nil
	}
	return errs.New(errs.Usage, "Set base_image to an image whose python3 is that one, or python: \""+python.Language(c.Python)+"\".",
		"%s: Docker's images of Python have no free-threaded build (%s)", c.Origin["python"], c.Python)
}

// pythons are those that the app could have instead.
func pythons(c *config.Config) []string {
	var locks []string
	for _, name := range c.Requirements {
		if file, _, ok := lockfile.Split(name); ok {
			locks = append(locks, file)
		}
	}
	return project.Allowed(os.DirFS(c.Dir), locks)
}

// hashed refuses requirements of which some have hashes and others none, as pip
// would after minutes.
func hashed(cl *closure.Closure, python string) error {
	q, half := cl.HalfHashed(pep508.Environment{Python: python})
	if !half {
		return nil
	}
	hint := "Write hashes for all (`pip-compile --generate-hashes` or `uv pip compile --generate-hashes` does), or for none."
	if q.Link != "" {
		hint = "Take it from an index, or remove the hashes of the others."
	}
	return errs.At(errs.Place{File: q.File, Line: q.Line}, hint, "%s has no hash, and pip wants one of each where any has one, or --require-hashes is set", q.Raw)
}

// indexes tells pip of the indexes that the locks name. One that is configured
// stands for PyPI.
func (r *reader) indexes(from *closure.Sources) {
	var all []string
	for _, l := range r.locks {
		for _, index := range l.Indexes() {
			if !slices.Contains(all, index) {
				all = append(all, index)
			}
		}
	}
	plain := slices.Contains(all, closure.DefaultIndex) || len(from.Files)+len(from.Strings) > 0
	for _, index := range all {
		switch {
		case index == closure.DefaultIndex || index == from.IndexURL:
		case from.IndexURL == "" && !plain:
			from.IndexURL = index
		default:
			from.ExtraIndexURLs = append(from.ExtraIndexURLs, index)
		}
	}
}

// upToDate refuses a lock that its project has outgrown, and names what lies
// beside it; one that was asked for by name is used as it is.
func (r *reader) upToDate(detected bool, beside []string) error {
	for _, l := range r.locks {
		if l.Stale == "" {
			continue
		}
		if detected {
			again := "Lock again with the tool that made it"
			if l.Refresh != "" {
				again = "Run `" + l.Refresh + "`"
			}
			hint := fmt.Sprintf("%s, or set requirements: [%s] to deploy it as it is", again, l.File)
			for _, other := range beside {
				hint += fmt.Sprintf(", or [%s] to deploy that", other)
			}
			return errs.At(errs.Place{File: l.File}, hint+".", "it is out of date: %s", l.Stale)
		}
		r.notes = append(r.notes, fmt.Sprintf("%s is out of date: %s", l.File, l.Stale))
	}
	return nil
}

// lockedGroup gives the groups of the lock file that the app's requirements come
// from; nil without one.
func lockedGroup(c *config.Config) detect.Group {
	i := slices.IndexFunc(c.Requirements, func(name string) bool {
		_, group, ok := lockfile.Split(name)
		return ok && group == ""
	})
	if i < 0 {
		return nil
	}
	target := lockfile.Target{Python: c.Python}
	lock, _, err := lockfile.Read(c.Dir, c.Requirements[i], target)
	if err != nil {
		return nil // reading the app's requirements told it
	}
	return func(group string) (string, []string, bool) {
		if !slices.Contains(lock.Groups, group) {
			return "", nil, false
		}
		name := c.Requirements[i] + "[" + group + "]"
		l, _, err := lockfile.Read(c.Dir, name, target)
		if err != nil {
			return name, nil, true // reading the tests' requirements tells it
		}
		var packages []string
		for _, p := range l.Packages {
			packages = append(packages, p.Name)
		}
		return name, packages, true
	}
}
