// Package clients is where clients are made: for one project and region, at
// Google or at the emulators that stand in for it on this machine, and inside of
// a build. What is done with them it does not know: commands get a Set, and hand
// its members to the engine, the stock and the builder.
package clients

import (
	"context"
	"errors"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/registry"
	"github.com/gcpdeploy/gcpdeploy/gcp/secretmanager"
	"github.com/gcpdeploy/gcpdeploy/gcp/storage"
	"github.com/gcpdeploy/gcpdeploy/gcp/trigger"
	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/lease"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// Set makes the clients of one configuration's project and regions: where images and
// builds are, and where the service is. Making one
// dials nobody: it connects when it is first used.
type Set struct {
	Config *config.Config

	deps     Deps
	local    bool     // the emulators are Google
	warnings []string // of emulators that were just started
	target   target
	access   *gcp.Access
	storage  *storage.Client
	reg      *registry.Client
	closers  []func() error
}

// Open reads the configuration, and nothing else of the app, and says where it
// leads to.
func Open(ctx context.Context, d Deps, app App) (*Set, error) {
	c, err := config.Load(app.Input(d))
	if err != nil {
		return nil, err
	}
	return Connect(ctx, d, app, c)
}

// OpenApp loads the app first, so that a fault in it changes nothing.
func OpenApp(ctx context.Context, d Deps, from App) (*engine.App, *Set, error) {
	app, err := engine.Load(ctx, from.Input(d))
	if err != nil {
		return nil, nil, err
	}
	if app.Origin = d.origin(from.Source); app.Origin != nil {
		if why := app.Origin.Stranger(app.Config.Build.Trust); why != "" {
			top, err := from.Top()
			if err == nil {
				err = app.Distrust(why, top)
			}
			if err != nil {
				return nil, nil, err
			}
		}
	}
	if err := d.apart(app, from.Local); err != nil {
		return nil, nil, err
	}
	s, err := Connect(ctx, d, from, app.Config)
	if err == nil {
		app.Tree.Warnings = append(app.Tree.Warnings, s.warnings...)
		app.UseCloud(s.cloud())
		if says := s.target.Notes; says != nil {
			app.ReleaseNotes = says(app.Release)
		}
	}
	return app, s, err
}

// Connect is Open for a configuration that is read already. Emulators that do not
// run are started.
func Connect(ctx context.Context, d Deps, app App, c *config.Config) (*Set, error) {
	const impersonate = "--impersonate-service-account"
	origin, _ := ci.Find(d.Lookup)
	switch {
	case app.Local && origin.System == ci.CloudBuild:
		return nil, errs.New(errs.Usage, "Leave it out: a step finds the emulators when it is one of theirs.", "--local is for a machine of your own, and this is a step of a Cloud Build")
	case !app.Local:
		if err := c.NeedsProject(); err != nil {
			return nil, err
		}
	case c.Origin["impersonate_service_account"] == impersonate: // settings of other origins are for Google, and stay without effect
		return nil, errs.New(errs.Usage, "Leave one of them out. `gcpdeploy local token --as` makes a token of another identity of the emulators.",
			"%s and --local exclude each other: a local run is the emulators' owner's", impersonate)
	}
	where, warnings, err := d.google(ctx, app.Local, c.Caller)
	if err != nil {
		return nil, err
	}
	s, err := newSet(d, gcp.New(where), c)
	if err != nil {
		return nil, err
	}
	s.local, s.warnings = app.Local, warnings
	return s, nil
}

func newSet(d Deps, a *gcp.Access, c *config.Config) (*Set, error) {
	t, err := named(c.Target)
	if err != nil {
		return nil, err
	}
	return &Set{
		Config: c, deps: d, target: t, access: a, storage: storage.New(a), reg: registry.New(a, c.Project, c.Home(), c.Repository),
		closers: []func() error{a.Close},
	}, nil
}

// Close closes the connections, and removes what only they needed.
func (s *Set) Close() error {
	var errs []error
	for _, c := range s.closers {
		errs = append(errs, c())
	}
	s.closers = nil
	return errors.Join(errs...)
}

// Registry is the repository with the images.
func (s *Set) Registry() *registry.Client { return s.reg }

// Target is where the app is released.
func (s *Set) Target() release.Target { return s.target.connect(s.access) }

// Kind is what is known of the target without a connection.
func (s *Set) Kind() release.Kind { return s.target.Kind }

// Service names the service among all others.
func (s *Set) Service() release.Spec {
	return release.Named(s.Config)
}

// Builds are those of the project and its region of builds; report hears of logs that cannot be
// read.
func (s *Set) Builds(report ui.Reporter) cloudbuild.Builds {
	b := s.builds()
	b.Client.Warn = report.Warn
	return b
}

func (s *Set) builds() cloudbuild.Builds {
	return cloudbuild.Builds{Client: cloudbuild.New(s.access, s.storage), Project: s.Config.Project, Region: s.Config.BuildRegion()}
}

// leases finds the runs that are no builds.
func (s *Set) leases() *lease.Finder { return lease.NewFinder(s.reg, s.access.Clock) }

// BuildConfig is the build of a plan as gcloud reads it.
func (s *Set) BuildConfig(p plan.Plan, started time.Time, tags []string, asJSON bool) ([]byte, error) {
	return cloudbuild.Config(p, started, tags, asJSON)
}

// NewestDeploy is the newest build that deploys the service, however it stands: a run's
// own, or a trigger's that the run is a step of.
func (s *Set) NewestDeploy(ctx context.Context) (plan.Outcome, bool, error) {
	return s.builds().NewestDeploy(ctx, s.serviceTag(), trigger.ServiceTag(s.Config.Service))
}

// NewestBuild is the service's newest build of its own, however it stands.
func (s *Set) NewestBuild(ctx context.Context) (plan.Outcome, bool, error) {
	return s.builds().Newest(ctx, s.serviceTag())
}

// RunningBuilds are the service's builds that have not ended, the newest first.
func (s *Set) RunningBuilds(ctx context.Context) ([]plan.Outcome, error) {
	return s.builds().Unended(ctx, s.serviceTag())
}

// serviceTag marks the builds of the service in its region.
func (s *Set) serviceTag() string { return engine.ServiceTag(s.Config.Service, s.Config.Elsewhere()) }

// Follower follows builds that run already.
func (s *Set) Follower(report ui.Reporter) *engine.Engine { return s.engine(report) }

// Engine deploys an app.
func (s *Set) Engine(app *engine.App, report ui.Reporter) *engine.Engine {
	e := s.engine(report)
	if s.deps.Index != nil {
		e.Index = s.deps.Index(s.Config, app.Transport)
	}
	if s.local {
		e.PushBuilder = s.pushBuilder
	}
	return e
}

func (s *Set) engine(report ui.Reporter) *engine.Engine {
	return &engine.Engine{
		Place: plan.Place{
			Project: s.Config.Project, Region: s.Config.Region, Home: s.Config.Home(), Repository: s.reg.Repository(),
			Version: s.deps.Version(), Env: s.access.Endpoints.Environment(),
		},
		Registry: s.reg,
		Target:   s.Target(),
		Objects:  storage.Sources{Client: s.storage, Project: s.Config.Project, Named: s.Config.Build.SourceBucket},
		Builds:   s.Builds(report),
		Leases:   s.leases(),
		Secrets:  secretmanager.New(s.access, s.Config.Project, s.Config.Home()),
		Again:    s.deps.Again,
		Report:   report,
		Clock:    s.access.Clock,
	}
}
