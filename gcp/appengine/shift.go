package appengine

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Shift divides the traffic of a service among versions. One that is stopped is started
// first, which takes minutes; one that had traffic and has none then is stopped.
func (t Target) Shift(ctx context.Context, s release.Spec, to release.Split, progress func(string)) ([]release.Share, error) {
	o, err := optionsOf(s)
	if err != nil {
		return nil, err
	}
	now, err := t.look(ctx, s)
	if err != nil {
		return nil, err
	}
	tell, before := teller(progress), now.shares()
	target, err := t.aim(ctx, s, to, now)
	if err == nil {
		err = mayShift(now, s, to, target)
	}
	if err != nil {
		return nil, err
	}
	if err := t.startAll(ctx, s, now, target, tell); err != nil {
		return nil, err
	}
	m := move{s: s, by: to.Run, how: to.By, step: stepOf(to.Step, target), doing: "dividing the traffic of " + s.Service, tell: tell}
	m.shares = func(now sight) ([]release.Share, error) {
		if err := mayShift(now, s, to, target); err != nil {
			return nil, err
		}
		same := divided(target, to.By, now.Split.ShardBy).ShardBy == now.Split.ShardBy || len(target) == 1
		same = same && m.step == now.Labels[canaryLabel]
		if same && release.SameShares(target, now.shares()) {
			return nil, nil
		}
		return target, nil
	}
	if now, err = t.look(ctx, s); err == nil { // to start a version takes its time
		now, err = t.move(ctx, m, now)
	}
	if errors.Is(err, errOvertaken) {
		err = superseded(s, now.later(to.Run))
	}
	if err != nil {
		return nil, err
	}
	// A release that settled at the same time may have stopped what it took for idle.
	if err := t.startAll(ctx, s, now, now.shares(), tell); err != nil {
		return nil, err
	}
	if o.Stop() {
		for _, warning := range t.stopIdle(ctx, s, now, before, tell) {
			tell(warning)
		}
	}
	return now.shares(), nil
}

// aim is the shares that are asked for: of none, all for the newest version that is up,
// or can be.
func (t Target) aim(ctx context.Context, s release.Spec, to release.Split, now sight) ([]release.Share, error) {
	if len(to.Shares) > 0 || !now.exists {
		return to.Shares, nil
	}
	all, err := t.revisions(ctx, s, now)
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		if r.Ready {
			return []release.Share{{Revision: r.Name, Percent: 100}}, nil
		}
	}
	return nil, errs.New(errs.NotFound, "Run `gcpdeploy up`.", "the service %s has no version that is ready", s.Service)
}

// mayShift refuses what Shift is not to change.
func mayShift(now sight, s release.Spec, to release.Split, target []release.Share) error {
	if !now.exists {
		return errs.New(errs.NotFound, "Run `gcpdeploy up`.", "there is no service %s in %s", s.Service, s.Project)
	}
	for _, share := range target {
		if _, ok := now.at(share.Revision); !ok {
			return errs.New(errs.NotFound, "Run `gcpdeploy releases`: it shows those that there are.", "the service %s has no version %s", s.Service, share.Revision)
		}
	}
	mine := to.Run.ID != "" && now.moved().ID == plain(to.Run).ID // an answer of ours was lost
	switch later := now.later(to.Run); {
	case to.Run.ID != "" && later.ID != "":
		return superseded(s, later)
	case !mine && to.From != nil && !release.SameShares(to.From, now.shares()):
		return errs.New(errs.Superseded, "", "the traffic of %s has moved meanwhile: it stays as it is", s.Service)
	}
	return nil
}

func superseded(s release.Spec, by release.Run) error {
	return errs.New(errs.Superseded, "", "run %s, which started later, has changed %s: its traffic stays as it is", by.ID, s.Service)
}

// startAll starts those versions that are to have traffic and are stopped, all at once.
func (t Target) startAll(ctx context.Context, s release.Spec, now sight, shares []release.Share, tell func(string)) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, share := range shares {
		if v, ok := now.at(share.Revision); ok && share.Percent > 0 {
			g.Go(func() error { return t.start(ctx, s, v, tell) })
		}
	}
	return g.Wait()
}
