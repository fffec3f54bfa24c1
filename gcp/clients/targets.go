package clients

import (
	"slices"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/appengine"
	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/gcp/setup"
	"github.com/gcpdeploy/gcpdeploy/internal/appyaml"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/migrate"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// target is a kind of target with what connects to it.
type target struct {
	release.Kind
	connect func(*gcp.Access) release.Target
	setup   func(*gcp.Access, *config.Config) []setup.Resource // that it alone needs; nil = none
}

// targets are where an image can be released. The first is the default.
var targets = []target{
	{run.Kind, run.NewTarget, nil},
	{appengine.Kind, appengine.NewTarget, appengine.Setup},
}

// Settings are the targets' parts of the configuration.
func Settings() (all []config.Target) {
	for _, t := range targets {
		all = append(all, t.Config)
	}
	return all
}

// Imports are what the targets make of an app.yaml of App Engine, see release.Kind.
func Imports(f *appyaml.File, bundled []string) (all []migrate.To) {
	for _, t := range targets {
		if t.Import == nil {
			continue
		}
		if i, ok := t.Import(f, bundled); ok {
			all = append(all, migrate.To{Target: t.Config.Name, Section: t.Config.Section, Import: i})
		}
	}
	return all
}

// unused are the APIs that other targets alone need.
func (t target) unused() (apis []string) {
	for _, other := range targets {
		for _, api := range other.Needs.APIs {
			if !slices.Contains(t.Needs.APIs, api) {
				apis = append(apis, api)
			}
		}
	}
	return apis
}

// KindOf is the kind of target that a configuration or plan names.
func KindOf(name string) (release.Kind, error) {
	t, err := named(name)
	return t.Kind, err
}

func named(name string) (target, error) {
	for _, t := range targets {
		if t.Config.Name == name {
			return t, nil
		}
	}
	return target{}, errs.New(errs.Internal, "", "there is no target %q", name)
}
