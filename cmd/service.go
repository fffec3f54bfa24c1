package cmd

import (
	"context"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/storage"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// service is what the commands about a deployed service need: its name and
// place, without reading the app's source.
type service struct {
	config *config.Config
	access *gcp.Access
	kind   target
	target release.Target // where it runs
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
	kind, err := targetNamed(c.Target)
	if err != nil {
		return nil, err
	}
	access := gcp.New(where)
	return &service{c, access, kind, kind.connect(access)}, nil
}

func (s *service) Close() error { return s.access.Close() }

func (s *service) release() release.Spec { return release.Of(s.config) }

func (s *service) notDeployed() error {
	return errs.New(errs.NotFound, "Run `gcpdeploy up`.", "there is no service %s in %s, %s", s.config.Service, s.config.Project, s.config.Region)
}

// builds are those of the service's project and region; report hears of logs
// that cannot be read.
func (s *service) builds(report ui.Reporter) cloudbuild.Builds {
	return builds(s.access, storage.New(s.access), s.config, report)
}

// newest is the service's newest build, however it stands.
func (s *service) newest(ctx context.Context, b cloudbuild.Builds) (plan.Outcome, bool, error) {
	return b.Newest(ctx, engine.ServiceTag(s.config.Service))
}
