package engine

import (
	"context"
	"errors"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// ErrNoBuilder is that builds cannot run this program's steps. Nothing was changed.
var ErrNoBuilder = errors.New("the builder image of this version is not there")

// Deploy carries an app through observe, plan, await and apply, and does so again
// when another run was making what this one needs. show is given each plan before
// anything is done about it.
func (e *Engine) Deploy(ctx context.Context, app *App, started time.Time, show func(plan.Plan)) (Result, error) {
	if err := refuseStranger(app.App); err != nil {
		return Result{}, err
	}
	for {
		r, err := e.deploy(ctx, app, started, show)
		if !errors.Is(err, ErrAgain) {
			return r, err
		}
	}
}

// deploy is Deploy until something else makes what the plan misses: the error is ErrAgain then.
func (e *Engine) deploy(ctx context.Context, app *App, started time.Time, show func(plan.Plan)) (Result, error) {
	p, err := e.planWithBuilder(ctx, app.App)
	if err != nil {
		return Result{}, err
	}
	over, waited, err := e.Turns.take(ctx, p)
	if err != nil {
		return Result{}, err
	}
	defer over()
	if waited {
		return Result{}, ErrAgain
	}
	show(p)
	if p.Releases() {
		if err := e.check(ctx, app.App, p); err != nil {
			return Result{}, err
		}
	}
	if again, err := e.await(ctx, p, over); err != nil {
		return Result{}, err
	} else if again {
		return Result{}, ErrAgain
	}
	src, err := app.Archive(p)
	if err != nil {
		return Result{}, err
	}
	return e.apply(ctx, p, src, started, over)
}

// Plan observes and decides. It changes nothing: where the builder image is not
// there the plan names it by its tag, and says so.
func (e *Engine) Plan(ctx context.Context, app plan.App) (plan.Plan, error) {
	refused := refuseStranger(app)
	if refused != nil {
		app.Goal = plan.GoalTest
	}
	facts, err := e.Observe(ctx, app)
	if err == nil {
		err = previewable(app, facts)
	}
	if err != nil {
		return plan.Plan{}, err
	}
	p := plan.Make(app, e.Place, facts)
	if facts.Builder == "" && !p.NothingToDo {
		does := "needs it"
		if e.PushBuilder != nil {
			does = "pushes it"
		}
		p.Notes = append(p.Notes, "the builder image of this version is not there yet; `gcpdeploy up` "+does)
	}
	if refused != nil {
		p.Notes = append(p.Notes, "`gcpdeploy up` will refuse this, and this is the plan of `gcpdeploy up --no-release`: "+refused.Error())
	}
	if p.Releases() {
		if err := e.check(ctx, app, p); err != nil {
			p.Notes = append(p.Notes, "`gcpdeploy up` will refuse this: "+err.Error())
		}
	}
	return p, nil
}

// Accepts refuses what the release of an app would fail for, whatever there is to build for
// it. It changes nothing.
func (e *Engine) Accepts(ctx context.Context, app plan.App) error {
	s := plan.ReleaseOf(app, e.Place)
	now, _, err := e.Target.Observe(ctx, s)
	if err != nil {
		return err
	}
	return e.check(ctx, app, plan.Plan{Release: s, Current: now})
}

// check refuses what the plan's release would fail for, with the place of what is wrong.
func (e *Engine) check(ctx context.Context, app plan.App, p plan.Plan) error {
	err := e.Target.Check(ctx, p.Release, p.Current)
	if r, ok := errors.AsType[*release.Refusal](err); ok {
		return r.At(app.Config.Origin)
	}
	return err
}

// previewable refuses a preview beside nothing: what is released first serves.
func previewable(app plan.App, f plan.Facts) error {
	if app.Release.Preview == nil || f.Service.Exists || app.Goal != plan.GoalRelease {
		return nil
	}
	return errs.New(errs.NotFound, "Run `gcpdeploy up` without --preview first.", "there is no service %s yet that a preview could be shown beside", app.Release.Service)
}

// planWithBuilder is Plan with the builder image in its place, if there is
// something to do.
func (e *Engine) planWithBuilder(ctx context.Context, app plan.App) (plan.Plan, error) {
	facts, err := e.Observe(ctx, app)
	if err == nil {
		err = previewable(app, facts)
	}
	if err != nil {
		return plan.Plan{}, err
	}
	p := plan.Make(app, e.Place, facts)
	if facts.Builder != "" || p.NothingToDo {
		return p, nil
	}
	if facts.Builder, err = e.pushBuilder(ctx, app); err != nil {
		return plan.Plan{}, err
	}
	return plan.Make(app, e.Place, facts), nil
}

// Builder is the builder image of this version by digest. It is put in its place
// where that is possible.
func (e *Engine) Builder(ctx context.Context, app plan.App) (digest string, err error) {
	digest, ok, err := e.Registry.Digest(ctx, plan.Builder, e.Place.Version)
	if err != nil || ok {
		return digest, err
	}
	return e.pushBuilder(ctx, app)
}

// pushBuilder pushes the builder image where that is for us to do. A repository
// at Google is made by who has the right to.
func (e *Engine) pushBuilder(ctx context.Context, app plan.App) (digest string, err error) {
	if e.PushBuilder != nil {
		return e.PushBuilder(ctx)
	}
	return "", errs.New(errs.NotFound, "Run `gcpdeploy setup --only=builder`.",
		"%w: %s/%s:%s", ErrNoBuilder, e.Place.Repository, plan.Builder, e.Place.Version)
}
