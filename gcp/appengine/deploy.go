package appengine

import (
	"context"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Try does nothing: what an image needs to answer, a machine, takes minutes to come up.
func (t Target) Try(context.Context, release.Spec, string, release.Run, func(string)) (release.Released, error) {
	return release.Released{}, errs.New(errs.Internal, "", "App Engine tries nothing beside what serves")
}

// Deploy makes a version of an image, waits until its machines are up, and gives it the
// traffic. A version that is as wanted already is not made again. A service that a later
// run has been at is left alone, which Superseded says; a version that does not come up
// is an error of kind Build, and is removed.
func (t Target) Deploy(ctx context.Context, s release.Spec, image string, by release.Run, progress func(string)) (release.Released, error) {
	d := deploy{target: t, s: s, by: by, tell: teller(progress), doing: "releasing " + s.Service, r: release.Released{Image: image}}
	err := d.run(ctx)
	return d.r, err
}

// deploy is one Deploy under way.
type deploy struct {
	target Target
	s      release.Spec
	by     release.Run
	tell   func(string)
	doing  string
	wanted wanted
	r      release.Released
}

func (d *deploy) run(ctx context.Context) (err error) {
	if d.wanted, err = want(d.s, d.r.Image); err != nil {
		return err
	}
	where, ok, err := d.target.application(ctx, d.s.Project)
	if err == nil && !ok {
		err = noApplication(d.s)
	}
	if err != nil {
		return err
	}
	if at := where.region(); at != d.s.Region {
		d.tell("the application is in " + at + ", and what is built in " + d.s.Region)
	}
	now, err := d.target.look(ctx, d.s)
	if err != nil {
		return err
	}
	d.r.Before = now.shares()
	if later := now.later(d.by); later.ID != "" {
		if v, ok := now.current(); ok && d.wanted.is(v) { // it released the very same
			d.serves(now, v.ID, where)
			return nil
		}
		d.r.Superseded = later.ID
		return nil
	}
	id, err := d.version(ctx, now)
	if err != nil {
		return err
	}
	now, err = d.promote(ctx, id)
	if err != nil || d.r.Superseded != "" {
		return err
	}
	d.serves(now, id, where)
	if d.r.Percent == 0 {
		return nil
	}
	return d.target.putFiles(ctx, d.s.Project, d.wanted.options.files(), d.tell)
}

// version gives the version that is to serve: one that is there, or a new one.
func (d *deploy) version(ctx context.Context, now sight) (id string, err error) {
	if v, ok := now.reusable(d.wanted); ok {
		return v.ID, d.target.start(ctx, d.s, v, d.tell)
	}
	n := note{Run: d.by.String(), Before: release.Sole(d.r.Before), NoTraffic: d.s.NoTraffic}
	if d.s.Origin != nil {
		n.Origin = d.s.Origin.Note()
	}
	id = idOf(d.by)
	op, err := d.target.create(ctx, d.s, id, d.wanted.with(id, n), d.tell)
	if err != nil {
		return id, err
	}
	d.tell("version " + id + " is being made")
	op, err = d.target.wait(ctx, d.doing, op, d.tell)
	if err == nil && op.Error != nil {
		err = d.failed(ctx, id, *op.Error)
	}
	return id, err
}

// teller is progress, or what tells nobody.
func teller(progress func(string)) func(string) {
	return func(text string) {
		if progress != nil && text != "" {
			progress(text)
		}
	}
}

func noApplication(s release.Spec) error {
	return errs.New(errs.NotFound, "Run `gcpdeploy setup --target app-engine`.", "%w in %s: it has no App Engine application", release.ErrNotSetUp, s.Project)
}
