package clients

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/git"
)

// checkout is a git repository with the app in it. Paths are relative to its top, and
// slashed.
type checkout struct {
	repository git.Repository
	remote     string
	place      git.Place // where it is hosted
	source     string    // the folder that is named as --source
	config     string    // the file of settings
	reads      []read
}

type read struct {
	name   string
	folder bool
}

func (s *Set) checkout(app *engine.App, from App, remote string) (c checkout, err error) {
	source, err := filepath.Abs(cmp.Or(from.Source, "."))
	if err != nil {
		return c, err
	}
	var ok bool
	if c.repository, ok, err = git.Find(source); err != nil || !ok {
		if err == nil {
			err = errs.New(errs.Usage, "Name a folder of a git repository with --source.", "%s is in no git repository, and triggers are of one", source)
		}
		return c, err
	}
	if c.source, err = c.within(source); err != nil {
		return c, err
	}
	if err := c.at(cmp.Or(remote, "origin")); err != nil {
		return c, err
	}
	file, err := config.FileOf(from.Input(s.deps))
	if err != nil {
		return c, err
	}
	if c.config, err = c.within(file); err != nil {
		return c, err
	}
	c.reads = append(c.reads, read{name: c.config})
	for _, name := range app.Reads() {
		path := filepath.Join(app.Config.Dir, filepath.FromSlash(name))
		info, err := os.Stat(path)
		r := read{folder: err == nil && info.IsDir()}
		if r.name, err = c.within(path); err != nil {
			return c, err
		}
		c.reads = append(c.reads, r)
	}
	return c, nil
}

// at finds out where the repository is hosted: remote is a URL, or a name of git's.
func (c *checkout) at(remote string) error {
	if place, ok := git.PlaceOf(remote); ok {
		c.remote, c.place = "origin", place
		return nil
	}
	url, ok, err := c.repository.Remote(remote)
	if err != nil {
		return err
	}
	if !ok {
		return errs.New(errs.Usage, "Name another one, or its URL, with --remote.", "the git repository %s has no remote %q, so where it is hosted is not known", c.repository.Root, remote)
	}
	c.remote = remote
	if c.place, ok = git.PlaceOf(url); !ok {
		return errs.New(errs.Usage, "Name its URL with --remote.", "the remote %q of %s is no URL of a repository", remote, c.repository.Root)
	}
	return nil
}

// within is a path as seen from the top of the repository.
func (c *checkout) within(path string) (string, error) {
	root, err := filepath.EvalSymlinks(c.repository.Root)
	if err != nil {
		return "", err
	}
	real, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if to, err := filepath.EvalSymlinks(real); err == nil {
		real = to
	}
	rel, err := filepath.Rel(root, real)
	if err != nil || !filepath.IsLocal(rel) {
		return "", errs.New(errs.Usage, "Move it into the repository.", "%s is outside of the git repository %s, so a trigger's builds do not have it", path, c.repository.Root)
	}
	return filepath.ToSlash(rel), nil
}

// includes are the globs of the files that decide what is deployed; none where that
// is the whole repository.
func (c *checkout) includes() (globs []string) {
	for _, r := range c.reads {
		switch {
		case r.folder && r.name == ".":
			return nil
		case slices.ContainsFunc(c.reads, func(in read) bool { return in.folder && strings.HasPrefix(r.name, in.name+"/") }):
		case r.folder:
			globs = append(globs, escaped.Replace(r.name)+"/**")
		default:
			globs = append(globs, escaped.Replace(r.name))
		}
	}
	slices.Sort(globs)
	return slices.Compact(globs)
}

// escaped makes names literal in globs of filepath.Match.
var escaped = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)
