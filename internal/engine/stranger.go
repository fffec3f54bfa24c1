package engine

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
)

// refuseStranger refuses what is not done with code that is not trusted: all but a
// test of it.
func refuseStranger(app plan.App) error {
	if app.Stranger == "" || app.Goal == plan.GoalTest {
		return nil
	}
	return errs.New(errs.Usage, "Run `gcpdeploy up --no-release`, which builds and tests it and keeps nothing; or give --trust-pull-requests.",
		"this run would release its code, or leave what later runs use, and %s", app.Stranger)
}

// Distrust has the app taken for a stranger's; why is as plan.App has it. Its own
// settings run no program on this machine and name no secret, and what is read of it
// lies below top, the checkout's folder: this process can read what no build may.
func (a *App) Distrust(why, top string) error {
	a.Stranger = why
	c := a.Config
	top, err := filepath.Abs(top)
	if err != nil {
		return err
	}
	if at := c.Origin["wheels.credentials_command"]; len(c.Wheels.CredentialsCommand) > 0 && c.InFile("wheels.credentials_command") {
		a.logins.Command = nil
		a.Logins = a.logins.Any()
		a.Notes = append(a.Notes, "wheels.credentials_command ("+at+") is not run: "+why)
	}
	if at := c.Origin["wheels.netrc_secret"]; c.Wheels.NetrcSecret != "" && c.InFile("wheels.netrc_secret") {
		c.Wheels.NetrcSecret = ""
		a.Notes = append(a.Notes, "wheels.netrc_secret ("+at+") is not read: "+why+"; --netrc-secret names one all the same")
	}
	var names []string
	for _, cl := range []*closure.Closure{a.Closure, a.Tests} {
		if cl != nil {
			names = append(names, cl.Files...)
		}
	}
	if c.Wheels.LockBuildRequirements != "" {
		names = append(names, c.Wheels.LockBuildRequirements)
	}
	for i, name := range names {
		if names[i] = filepath.FromSlash(name); !filepath.IsAbs(name) {
			names[i] = filepath.Join(c.Dir, names[i])
		}
	}
	if c.IgnoreFile != "" {
		names = append(names, filepath.Join(c.Dir, c.IgnoreFile))
	}
	// What lies elsewhere by a flag or a variable is for who starts the run to choose.
	theirs := func(key, name string) bool {
		return name != "" && (c.InFile(key) || liesIn(top, name))
	}
	if theirs("ca_file", c.CAFile) {
		names = append(names, c.CAFile)
	}
	if theirs("templates", c.Templates) {
		err := filepath.WalkDir(c.Templates, func(name string, _ fs.DirEntry, err error) error {
			names = append(names, name)
			return err
		})
		if err != nil {
			return err
		}
	}
	top, err = filepath.EvalSymlinks(top)
	if err != nil {
		return err
	}
	for _, name := range names {
		real, err := filepath.EvalSymlinks(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // no file: a lock's part has a name of its own
		}
		if err != nil {
			return err
		}
		if !liesIn(top, real) {
			return errs.New(errs.Usage, "", "%s leads out of the checkout, and %s", name, why)
		}
	}
	return nil
}

// liesIn says whether a path lies in a folder, by their names.
func liesIn(folder, name string) bool {
	name, err := filepath.Abs(name)
	if err != nil {
		return false
	}
	rel, err := filepath.Rel(folder, name)
	return err == nil && filepath.IsLocal(rel)
}
