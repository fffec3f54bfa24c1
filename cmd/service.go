package cmd

import (
	"context"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// service is what the commands about a deployed service need: its name and
// place, without reading the app's source.
type service struct {
	config *config.Config
	access *gcp.Access
}

func openService(ctx context.Context, d Deps, o AppOptions) (*service, error) {
	c, err := config.Load(o.input(d))
	if err != nil {
		return nil, err
	}
	where, err := place(ctx, d, o, c)
	if err != nil {
		return nil, err
	}
	return &service{c, gcp.New(where)}, nil
}

func (s *service) Close() error { return s.access.Close() }

func (s *service) release() plan.Release {
	return plan.Release{Project: s.config.Project, Region: s.config.Region, Service: s.config.Service}
}

func (s *service) notDeployed() error {
	return errs.New(errs.NotFound, "Run `gcpdeploy up`.", "there is no service %s in %s, %s", s.config.Service, s.config.Project, s.config.Region)
}
