package lockfile

import (
	"regexp"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Package is one package that a lock file installs on the target.
type Package struct {
	Name    string   // normalised (PEP 503)
	Version string   // "" where only the source knows it, "*" where none is locked
	Extras  []string // normalised; their packages are in the lock, too
	// URL is where it comes from, as in NAME @ URL; "" when from an index.
	URL string
	// Path is a local project or archive, slashed and relative to the app.
	Path     string
	Editable bool     // it is imported in place
	Index    string   // the index's URL, "" for PyPI or when it is not said
	Marker   string   // what the target leaves open: a patch level, a kernel
	Hashes   []string // "sha256:…" of each file of it that the target may install, sorted
	Others   []string // the same of its files for other targets; none where Hashes are of all
	Line     int      // in the lock file
}

var (
	validName    = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)
	validVersion = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.!+_-]*$`)
)

// check refuses what would be more than a package in a line of requirements.
func (p Package) check(file string) error {
	what := ""
	switch {
	case !validName.MatchString(p.Name):
		what = "name"
	case p.URL == "" && p.Path == "" && p.Version != "*" && !validVersion.MatchString(p.Version):
		what = "version"
	case strings.ContainsAny(p.URL, " \t\r\n"):
		what = "URL"
	default:
		return nil
	}
	return errs.At(errs.Place{File: file, Line: p.Line}, "Lock again with the tool that made it.", "the package %q has no valid %s", p.Name, what)
}

// String is the package as a dependency specifier (PEP 508); the path of a local
// one is not in it.
func (p Package) String() string {
	s := p.Name
	if len(p.Extras) > 0 {
		s += "[" + strings.Join(p.Extras, ",") + "]"
	}
	switch {
	case p.URL != "":
		s += " @ " + p.URL
	case p.Path == "" && p.Version != "*":
		s += "==" + p.Version
	}
	if p.Marker != "" {
		s += " ; " + p.Marker
	}
	return s
}

// gitURL is pip's URL of a commit. The short form of an ssh address, as in
// git@HOST:PATH, is none yet.
func gitURL(repository, commit, subdirectory string) string {
	if host, path, ok := strings.Cut(repository, ":"); ok && !strings.HasPrefix(path, "//") {
		repository = "ssh://" + host + "/" + path
	}
	u := "git+" + strings.TrimPrefix(repository, "git+") + "@" + commit
	if subdirectory != "" {
		u += "#subdirectory=" + subdirectory
	}
	return u
}
