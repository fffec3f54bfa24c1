package clients

import (
	"context"
	"errors"
	"sync"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	health "github.com/gcpdeploy/gcpdeploy/gcp/doctor"
	"github.com/gcpdeploy/gcpdeploy/gcp/setup"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/doctor"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/local"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Doctor gives the checks of an app: of its files, of this machine, and of the
// project that it is deployed to. The set is nil where the settings name no project
// that can be asked, which err then says, and where --local needs no setup.
func Doctor(ctx context.Context, d Deps, app App) (checks []doctor.Check, prepared Setup, err error) {
	checks = []doctor.Check{
		{Name: "app", Run: func(ctx context.Context) []doctor.Finding { return d.appCheck(ctx, app) }},
		{Name: "docker", Run: func(ctx context.Context) []doctor.Finding { return dockerCheck(ctx, app.Local) }},
		{Name: "emulators", Run: func(context.Context) []doctor.Finding { return d.emulatorsCheck() }},
	}
	needs, err := d.NeedsSetup(app)
	switch {
	case err != nil:
		return checks, Setup{}, err
	case !needs:
		return append(checks, doctor.Check{Name: "setup", Run: func(context.Context) []doctor.Finding { return doctor.Well(NoSetup) }}), Setup{}, nil
	}
	set, err := Open(ctx, d, app)
	if err != nil {
		return checks, Setup{}, err
	}
	if prepared, err = set.Setup(app, SetupOptions{}); err != nil {
		return checks, Setup{Set: set}, err
	}
	c := set.Config
	patient := health.Patient{
		Cloud: prepared.cloud, Spec: prepared.Spec, Mend: func(kind string) string { return set.again(app, kind) }, Now: d.Now,
		Steps: sync.OnceValue(func() []setup.Step { return prepared.Observe(ctx) }),
		Named: c.Build.ServiceAccount != "", Public: set.target.Needs.Public(release.Of(c)), Agent: set.target.Needs.Agent,
	}
	if own := set.target.Needs.Own; own != nil && c.Service != "" {
		patient.Own = own(set.Service())
	}
	checks = append(checks, health.Checks(ctx, patient)...)
	return append(checks, doctor.Check{Name: "quota", Run: func(ctx context.Context) []doctor.Finding { return set.quotaCheck(ctx, prepared.cloud.Project) }},
		doctor.Check{Name: "triggers", Run: set.triggersCheck}, doctor.Check{Name: "schedule", Run: set.schedulesCheck}), prepared, nil
}

// NoSetup is said of the emulators where NeedsSetup says no.
const NoSetup = "--local needs none: up makes what it uses, and the emulators enforce no rights (`gcpdeploy local start --enforce-iam`)"

// NeedsSetup says whether a deploy needs what setup makes: not on emulators that
// enforce no rights.
func (d Deps) NeedsSetup(app App) (bool, error) {
	if !app.Local {
		return true, nil
	}
	daemon, err := d.Emulators()
	if err != nil {
		return false, err
	}
	st, err := daemon.Status()
	return st.EnforceIAM, err
}

// appCheck reads the app's files as a deploy does.
func (d Deps) appCheck(ctx context.Context, from App) []doctor.Finding {
	app, err := engine.Load(ctx, from.Input(d))
	if err != nil {
		f := doctor.Of(err)
		f[0].Mark = doctor.Fail
		return f
	}
	return doctor.Well(app.Config.Service + " can be deployed: Python " + app.Config.Python)
}

// dockerCheck looks at what --local needs, and deploys to Google do not.
func dockerCheck(ctx context.Context, needed bool) []doctor.Finding {
	engine, err := docker.New()
	if err == nil {
		err = engine.Ping(ctx)
	}
	if err == nil {
		_, err = docker.Command(ctx)
	}
	if err != nil {
		f := doctor.Of(err)
		f[0].Mark, f[0].Text = doctor.Warn, "up --local cannot run: "+f[0].Text
		if needed {
			f[0].Mark = doctor.Fail
		}
		return f
	}
	return doctor.Well("runs, and builds with BuildKit")
}

func (d Deps) emulatorsCheck() []doctor.Finding {
	daemon, err := d.Emulators()
	var st local.Status
	if err == nil {
		st, err = daemon.Status()
	}
	switch {
	case err != nil:
		f := doctor.Of(err)
		f[0].Mark = doctor.Warn
		return f
	case !st.Running:
		return doctor.Well("do not run; up --local starts them")
	case st.Version != d.Version():
		return []doctor.Finding{{Mark: doctor.Warn, Text: "are of version " + st.Version + "; up --local starts them anew", Fix: "gcpdeploy local stop"}}
	}
	return doctor.Well("run on " + st.URL)
}

// NotSetUp says whether a deploy may have failed for want of what setup makes. It
// asks nobody; whether something lacks is to be looked at then.
func NotSetUp(err error) bool {
	return errors.Is(err, engine.ErrNoBuilder) || errors.Is(err, release.ErrNotSetUp) || gcp.Disabled(err) != ""
}
