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

// workTree is a git repository with the app in it. Paths are relative to its top, and
// slashed.
type workTree struct {
	repository git.Repository
	remote     string
	place      git.Place // where it is hosted
	reads      []read
}

type read struct {
	name   string
	folder bool
}

func (s *Set) workTree(app *engine.App, from App, remote string) (w workTree, err error) {
	source, err := filepath.Abs(cmp.Or(from.Source, "."))
	if err != nil {
		return w, err
	}
	var ok bool
	if w.repository, ok, err = git.Find(source); err != nil || !ok {
		if err == nil {
			err = errs.New(errs.Usage, "Name a folder of a git repository with --source.", "%s is in no git repository, and triggers are of one", source)
		}
		return w, err
	}
	if err := w.at(cmp.Or(remote, "origin")); err != nil {
		return w, err
	}
	file, err := config.FileOf(from.Input(s.deps))
	if err != nil {
		return w, err
	}
	return w, w.read(file, app)
}

// read lists what decides what is deployed: the file of settings, and what the app reads.
func (w *workTree) read(file string, app *engine.App) error {
	settings, err := w.within(file)
	if err != nil {
		return err
	}
	w.reads = append(w.reads, read{name: settings})
	for _, name := range app.Reads() {
		path := filepath.Join(app.Config.Dir, filepath.FromSlash(name))
		info, err := os.Stat(path)
		r := read{folder: err == nil && info.IsDir()}
		if r.name, err = w.within(path); err != nil {
			return err
		}
		w.reads = append(w.reads, r)
	}
	return nil
}

// at finds out where the repository is hosted: remote is a URL, or a name of git's.
func (w *workTree) at(remote string) error {
	if place, ok := git.PlaceOf(remote); ok {
		w.remote, w.place = "origin", place
		return nil
	}
	url, ok, err := w.repository.Remote(remote)
	if err != nil {
		return err
	}
	if !ok {
		return errs.New(errs.Usage, "Name another one, or its URL, with --remote.", "the git repository %s has no remote %q, so where it is hosted is not known", w.repository.Root, remote)
	}
	w.remote = remote
	if w.place, ok = git.PlaceOf(url); !ok {
		return errs.New(errs.Usage, "Name its URL with --remote.", "the remote %q of %s is no URL of a repository", remote, w.repository.Root)
	}
	return nil
}

// within is a path as seen from the top of the repository.
func (w *workTree) within(path string) (string, error) {
	root, err := filepath.EvalSymlinks(w.repository.Root)
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
		return "", errs.New(errs.Usage, "Move it into the repository: a trigger's builds have nothing else.", "%s is outside of the git repository %s", path, w.repository.Root)
	}
	return filepath.ToSlash(rel), nil
}

// includes are the globs of the files that decide what is deployed; none where that
// is the whole repository.
func (w *workTree) includes() (globs []string) {
	for _, r := range w.reads {
		switch {
		case r.folder && r.name == ".":
			return nil
		case slices.ContainsFunc(w.reads, func(in read) bool { return in.folder && strings.HasPrefix(r.name, in.name+"/") }):
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
