package cmd

import (
	"context"
	"io"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/registry"
	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/gcp/secretmanager"
	"github.com/gcpdeploy/gcpdeploy/gcp/storage"
	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// session is a command's app with the clients it needs.
type session struct {
	app      *engine.App
	access   *gcp.Access
	registry *registry.Client
	engine   *engine.Engine
	local    bool
	exe      string // this program
}

// open loads the app, so that a fault in it comes first and changes nothing,
// and connects. Making clients dials nobody.
func open(ctx context.Context, d Deps, o AppOptions, report ui.Reporter) (*session, error) {
	app, err := engine.Load(ctx, o.input(d))
	if err != nil {
		return nil, err
	}
	return connect(ctx, d, o, app, report)
}

// connect finds Google, or the emulators, for an app.
func connect(ctx context.Context, d Deps, o AppOptions, app *engine.App, report ui.Reporter) (*session, error) {
	c := app.Config
	where, err := place(ctx, d, o, c)
	if err != nil {
		return nil, err
	}
	access := gcp.New(where)
	s := &session{app: app, access: access, local: o.Local, exe: d.Exe, registry: registry.New(access, c.Project, c.Region, c.Repository)}
	store := storage.New(access)
	s.engine = &engine.Engine{
		Place: plan.Place{
			Project: c.Project, Region: c.Region, Repository: s.registry.Repository(),
			Version: d.Version(), Env: where.Endpoints.Environment(),
		},
		Registry: s.registry,
		Services: run.Services{Client: run.New(access)},
		Objects:  sources{store, c.Project, c.Region},
		Builds:   builds(access, store, c, report),
		Secrets:  secretmanager.New(access, c.Project, c.Region),
		Report:   report,
		Clock:    access.Clock,
	}
	if d.Index != nil {
		s.engine.Index = d.Index(c, app.Transport)
	}
	return s, nil
}

// place says where Google is for a configuration.
func place(ctx context.Context, d Deps, o AppOptions, c *config.Config) (gcp.Config, error) {
	if !o.Local {
		if err := c.NeedsProject(); err != nil {
			return gcp.Config{}, err
		}
	}
	return d.connect(ctx, o.Local)
}

func builds(access *gcp.Access, store *storage.Client, c *config.Config, report ui.Reporter) cloudbuild.Builds {
	client := cloudbuild.New(access, store)
	client.Warn = report.Warn
	return cloudbuild.Builds{Client: client, Project: c.Project, Region: c.Region}
}

// Close closes the connections.
func (s *session) Close() error { return s.access.Close() }

// plan observes and decides. It changes nothing: where the builder image is not
// there the plan names it by its tag.
func (s *session) plan(ctx context.Context) (*engine.App, plan.Plan, error) {
	facts, p, err := s.decide(ctx)
	if err == nil && facts.Builder == "" && !p.NothingToDo {
		p.Notes = append(p.Notes, "the builder image of this version is not there yet; `gcpdeploy up` "+s.withoutBuilder())
	}
	return s.app, p, err
}

func (s *session) withoutBuilder() string {
	if s.local {
		return "pushes it"
	}
	return "needs it"
}

// ready is plan with the builder image in its place, if there is something to do.
func (s *session) ready(ctx context.Context) (*engine.App, plan.Plan, error) {
	facts, p, err := s.decide(ctx)
	if err == nil && facts.Builder == "" && !p.NothingToDo {
		facts.Builder, err = s.setup(ctx)
		p = plan.Make(s.app.App, s.engine.Place, facts)
	}
	return s.app, p, err
}

func (s *session) decide(ctx context.Context) (plan.Facts, plan.Plan, error) {
	facts, err := s.engine.Observe(ctx, s.app.App)
	if err != nil {
		return facts, plan.Plan{}, err
	}
	return facts, plan.Make(s.app.App, s.engine.Place, facts), nil
}

// setup puts this program into the repository, so that builds can use it as a
// step. On this machine that happens by itself; a repository at Google is made
// by who has the right to.
func (s *session) setup(ctx context.Context) (digest string, err error) {
	version := s.engine.Place.Version
	if !s.local {
		return "", errs.New(errs.NotFound,
			"Push it from a checkout of gcpdeploy with `gcloud builds submit --substitutions=_TAG="+version+"`.",
			"the builder image of this version is not at %s", s.registry.Ref(plan.Builder, version))
	}
	if err := s.registry.EnsureRepository(ctx); err != nil {
		return "", err
	}
	img, err := registry.BuilderImage(s.exe, map[string]string{"dev.gcpdeploy.version": version})
	if err != nil {
		return "", err
	}
	return s.registry.Push(ctx, plan.Builder, version, img)
}

// builder is the builder image of this version, which is put in its place where
// that is possible.
func (s *session) builder(ctx context.Context) (digest string, err error) {
	digest, ok, err := s.registry.Digest(ctx, plan.Builder, s.engine.Place.Version)
	if err != nil || ok {
		return digest, err
	}
	return s.setup(ctx)
}

// deployed unpacks the source that a service was last deployed from.
func deployed(ctx context.Context, where gcp.Config, c *config.Config, report ui.Reporter, dir string) (bool, error) {
	access := gcp.New(where)
	defer access.Close()
	store := storage.New(access)
	e := engine.Engine{Objects: sources{store, c.Project, c.Region}, Builds: builds(access, store, c, report)}
	return e.Deployed(ctx, c.Service, dir)
}

// contentKey is C of the wheels under a key; zero when they are not there.
func (s *session) contentKey(ctx context.Context, wheels string) (key.Key, error) {
	digest, ok, err := s.registry.Digest(ctx, plan.Wheels, wheels)
	if err != nil || !ok {
		return key.Key{}, err
	}
	lock, err := s.registry.ReadFile(ctx, plan.Wheels, digest, builder.LockFile)
	if err != nil {
		return key.Key{}, err
	}
	labels, err := s.registry.Labels(ctx, plan.Wheels, digest)
	if err != nil {
		return key.Key{}, err
	}
	base := labels[plan.BaseLabel]
	if base == "" {
		base = s.app.Config.BaseImage
	}
	return builder.ContentKey(lock, base), nil
}

// sources keeps archives in the project's bucket, under the name that gcloud
// gives it.
type sources struct {
	client          *storage.Client
	project, region string
}

func (s sources) Bucket() string {
	return strings.ReplaceAll(strings.NewReplacer(":", "_", ".", "_").Replace(s.project), "google", "elgoog") + "_cloudbuild"
}

func (s sources) Ensure(ctx context.Context) error {
	return s.client.EnsureBucket(ctx, s.project, s.Bucket(), "")
}

func (s sources) Exists(ctx context.Context, object string) (bool, error) {
	return s.client.Exists(ctx, s.Bucket(), object)
}

func (s sources) Read(ctx context.Context, object string) (io.ReadCloser, error) {
	return s.client.ReadFrom(ctx, s.Bucket(), object, 0)
}

func (s sources) Upload(ctx context.Context, object string, write func(io.Writer) error) error {
	return s.client.Upload(ctx, s.Bucket(), object, write)
}
