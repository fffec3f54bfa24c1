package clients

import (
	"cmp"
	"context"
	"path/filepath"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp/project"
	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/cifile"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/git"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// Checkout is what a CI system's file says of the app in a checkout of its
// repository.
type Checkout struct {
	Root   string // of this one
	Values cifile.Values
	Here   []string // names of variables of this machine that say something of the app
}

// Checkout finds what such a file says; builder is the builder image's digest.
func (s *Set) Checkout(ctx context.Context, app App, system, builder string) (at Checkout, err error) {
	c := s.Config
	v := cifile.Values{
		System: system, Service: c.Service, Project: c.Project, Image: s.reg.Repository() + "/" + plan.Builder + "@" + builder,
	}
	flags, here, err := app.InCheckout(c)
	if err != nil {
		return at, err
	}
	if v.Flags, err = asFlags(s.target.Config.Section, flags); err != nil {
		return at, err
	}
	repository, place, err := app.origin()
	if err != nil {
		return at, err
	}
	v.Host, v.Repository = place.Host, place.Path
	v.Branch = cmp.Or(repository.Default(remote), repository.Branch(), "main")
	if system == ci.GitHub || system == ci.GitLab {
		info, err := project.New(s.access, c.Project).Info(ctx)
		if err != nil {
			return at, err
		}
		v.Number = info.Number
	}
	return Checkout{repository.Root, v, here}, nil
}

// remote is the name that git gives where a repository was cloned from.
const remote = "origin"

// origin is the repository that the app lies in, and where that was cloned from.
func (a App) origin() (r git.Repository, at git.Place, err error) {
	r, ok, err := git.Find(a.Source)
	if err != nil {
		return r, at, err
	}
	url := ""
	if ok {
		if url, ok, err = r.Remote(remote); err != nil {
			return r, at, err
		}
	}
	if ok {
		at, ok = git.PlaceOf(url)
	}
	if !ok || at.Host == "" {
		return r, at, errs.New(errs.Usage, "Run `git remote add origin URL` in the repository that the system checks out.", "the app is in no git repository that was cloned from somewhere else")
	}
	return r, at, nil
}

// Top is the folder of the repository that the app lies in, or the app's own.
func (a App) Top() (string, error) {
	r, ok, err := git.Find(a.Source)
	if err != nil || ok {
		return r.Root, err
	}
	return filepath.Abs(a.Source)
}

// asFlags takes flags apart, and finds the setting of a plugin that says the same: of
// several, that in the section of the target.
func asFlags(section string, words []string) (flags []cifile.Flag, err error) {
	settings := map[string]string{"source": "dir", "config": "config", "env": "env"}
	for _, f := range config.Flags(Settings()) {
		key := f.Key
		for _, also := range f.Also {
			if strings.HasPrefix(also, section+".") {
				key = also
			}
		}
		settings[f.Name] = strings.ReplaceAll(key, ".", "_")
	}
	for _, w := range words {
		name, value, _ := strings.Cut(strings.TrimPrefix(w, "--"), "=")
		if settings[name] == "" {
			return nil, errs.New(errs.Internal, "", "no setting says --%s", name)
		}
		flags = append(flags, cifile.Flag{Name: name, Setting: settings[name], Value: value})
	}
	return flags, nil
}
