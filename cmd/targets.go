package cmd

import (
	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// target is a kind of target with what connects to it.
type target struct {
	release.Kind
	connect func(*gcp.Access) release.Target
}

// targets are where an image can be released. The first is the default.
var targets = []target{
	{run.Kind, run.NewTarget},
}

// sections are the targets' parts of the configuration.
func sections() (all []config.Target) {
	for _, t := range targets {
		all = append(all, t.Config)
	}
	return all
}

// targetNamed finds the target of a configuration or plan.
func targetNamed(name string) (target, error) {
	for _, t := range targets {
		if t.Config.Name == name {
			return t, nil
		}
	}
	return target{}, errs.New(errs.Internal, "", "there is no target %q", name)
}
