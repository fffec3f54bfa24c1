package clients

import (
	"cmp"
	"context"
	"path/filepath"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/git"
)

// Changes are the files of a git repository that are not as they were at a commit.
type Changes struct {
	repository git.Repository
	files      []string
}

// ChangesSince has git compare the repository that an app lies in.
func (a App) ChangesSince(ctx context.Context, commit string) (c Changes, err error) {
	source, err := filepath.Abs(cmp.Or(a.Source, "."))
	if err != nil {
		return c, err
	}
	var ok bool
	if c.repository, ok, err = git.Find(source); err == nil && !ok {
		err = errs.New(errs.Usage, "Leave it out: what has not changed is not built again either way.", "--changed-since: %s is in no git repository", source)
	}
	if err == nil {
		c.files, err = c.repository.Changed(ctx, commit)
	}
	return c, err
}

// Of says why an app counts as changed: the first file of those that decide what is
// deployed, "" where there is none.
func (c Changes) Of(d Deps, app *engine.App, from App) (why string, err error) {
	file, err := config.FileOf(from.Input(d))
	if err != nil {
		return "", err
	}
	tree := workTree{repository: c.repository}
	if err := tree.read(file, app); err != nil {
		// What lies outside of the repository git does not compare.
		return err.Error(), nil
	}
	for _, name := range c.files {
		for _, r := range tree.reads {
			if r.name == name || r.folder && (r.name == "." || strings.HasPrefix(name, r.name+"/")) {
				return name, nil
			}
		}
	}
	return "", nil
}
