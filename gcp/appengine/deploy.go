package appengine

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

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

// reusable is the version that a release would make once more: the one that has the
// traffic, or the newest where its run came to its end, and nobody moved the traffic since.
func (n sight) reusable(w wanted) (existing, bool) {
	if v, ok := n.current(); ok && w.is(v) {
		return v, true
	}
	if len(n.versions) > 0 {
		v := n.versions[0]
		last := v.note().run()
		return v, w.is(v) && last.ID != "" && labelOf(last) == n.Labels[runLabel]
	}
	return existing{}, false
}

// current is the newest version that has traffic.
func (n sight) current() (existing, bool) {
	i := slices.IndexFunc(n.versions, func(v existing) bool { return n.serves(v.ID) })
	if i < 0 {
		return existing{}, false
	}
	return n.versions[i], true
}

// create asks for a version. To ask twice would make it twice: where an answer is lost
// it looks whether the version is being made.
func (t Target) create(ctx context.Context, s release.Spec, id string, body Version, tell func(string)) (op operation, err error) {
	doing, ours := "making version "+id, versionNamed(s, id)
	for try := range conflicts {
		op = operation{}
		err = t.api.Do(ctx, gcp.Request{
			Doing: doing, Call: "appengine.CreateVersion", Resource: named(s),
			Method: http.MethodPost, Path: "v1/" + named(s) + "/versions", Body: body, Out: &op, Once: true,
		})
		switch {
		case err == nil:
			return op, nil
		case ctx.Err() != nil:
			return op, gcp.Error(context.Cause(ctx), doing)
		case contended(err):
			other, failed := t.outwait(ctx, doing, err, try, tell)
			if failed != nil || other.Done && other.Metadata.Target == ours && other.Metadata.Method == createVersion {
				return other, failed
			}
			continue
		case gcp.Expired(err) && try == 0:
			continue
		case !gcp.Transient(err):
			return op, err
		case gcp.Code(err) != codes.ResourceExhausted:
			under, failed := t.pending(ctx, s.Project)
			if failed != nil {
				return op, failed
			}
			if n := slices.IndexFunc(under, func(op operation) bool { return op.Metadata.Target == ours }); n >= 0 {
				return under[n], nil
			}
		}
		if failed := t.pause(ctx, doing, try); failed != nil {
			return op, failed
		}
	}
	if contended(err) {
		err = busy(doing, err)
	}
	return op, err
}

const createVersion = "google.appengine.v1.Versions.CreateVersion"

// promote gives a version the traffic that it is to have, and gives the service as it is then.
func (d *deploy) promote(ctx context.Context, id string) (sight, error) {
	now, err := d.target.look(ctx, d.s)
	if err != nil {
		return now, err
	}
	m := move{s: d.s, by: d.by, doing: "giving the traffic of " + d.s.Service + " to " + id, how: d.wanted.options.SplitBy, tell: d.tell}
	m.shares = func(now sight) ([]release.Share, error) {
		shares := now.taking(id)
		switch {
		case now.later(d.by).ID != "":
			return nil, errOvertaken
		case d.s.NoTraffic && len(d.r.Before) > 0, release.SameShares(shares, now.shares()):
			return nil, nil
		}
		return shares, nil
	}
	now, err = d.target.move(ctx, m, now)
	if errors.Is(err, errOvertaken) {
		d.r.Superseded = now.later(d.by).ID
		if !now.serves(id) {
			d.tell(d.target.stop(ctx, d.s, id))
		}
		return now, nil
	}
	if err == nil && now.moved().ID != plain(d.by).ID {
		// That the run came to its end is known by this, and that it was the last.
		err = d.target.update(ctx, m, "labels", service{Labels: now.labelled(d.by)})
		if gcp.Code(err) == codes.InvalidArgument {
			err = nil
		}
	}
	return now, err
}

// taking is the traffic when a version takes what is its: all of it, or what the
// newest version has of a split that others made.
func (n sight) taking(id string) []release.Share {
	shares := n.shares()
	newest := slices.IndexFunc(n.versions, func(v existing) bool { return v.ID != id })
	if len(shares) > 1 {
		if n.serves(id) {
			return shares
		}
		for i := range shares {
			if newest >= 0 && shares[i].Revision == n.versions[newest].ID && shares[i].Percent > 0 {
				shares[i].Revision = id
				return shares
			}
		}
	}
	return []release.Share{{Revision: id, Percent: 100}}
}

// serves fills in what came of it.
func (d *deploy) serves(now sight, id string, where application) {
	v, _ := now.at(id)
	d.r.Revision, d.r.Percent, d.r.URL = id, now.percent(id), v.serviceURL()
	if d.r.Percent == 0 {
		d.r.URL = v.VersionURL
	}
	ingress := now.NetworkSettings.IngressTrafficAllowed
	switch {
	case where.IAP.Enabled:
		d.r.Hidden = "callers sign in to Identity-Aware Proxy"
	case ingress != "" && ingress != "INGRESS_TRAFFIC_ALLOWED_UNSPECIFIED" && ingress != "INGRESS_TRAFFIC_ALLOWED_ALL":
		d.r.Hidden = "its ingress is not open to all"
	}
	if d.r.Percent < 100 && !d.s.NoTraffic {
		d.r.Warning = fmt.Sprintf("the new version gets %d %% of the traffic: others split it", d.r.Percent)
	}
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
