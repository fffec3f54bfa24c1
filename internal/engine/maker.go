package engine

import (
	"cmp"
	"context"
	"io"

	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/internal/lease"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// maker is a run that makes shared images: a build, or a run with a lease, of
// which the Outcome has the id and the log's URL alone.
type maker struct {
	plan.Outcome
	lease *lease.Run // nil of a build
}

// name is what to call it.
func (m maker) name() string {
	if m.lease == nil {
		return m.Build
	}
	return cmp.Or(m.lease.URL, m.lease.In, m.Build)
}

// makers gives a function that finds the oldest build or run with a tag that has
// not ended. Leases are listed once for all tags that one such function is asked
// for, and where there are none that is all it costs.
func (e *Engine) makers() func(ctx context.Context, tag string) (maker, bool, error) {
	var runs []lease.Run
	listed := e.Leases == nil
	return func(ctx context.Context, tag string) (m maker, ok bool, err error) {
		g, gctx := errgroup.WithContext(ctx)
		g.Go(func() (err error) {
			m.Outcome, ok, err = e.Builds.Running(gctx, tag)
			return err
		})
		if !listed {
			listed = true
			g.Go(func() (err error) {
				runs, err = e.Leases.Runs(gctx)
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return m, false, err
		}
		if r, found := lease.Oldest(runs, tag); found && (!ok || r.Created.Before(m.Created)) {
			return maker{plan.Outcome{Build: r.ID, LogURL: r.URL, Created: r.Created}, &r}, true, nil
		}
		return m, ok, nil
	}
}

// outlast waits until a run has ended. Of a build it writes the log, and gives
// what became of it.
func (e *Engine) outlast(ctx context.Context, m maker, log io.Writer) (plan.Outcome, error) {
	if m.lease == nil {
		return e.Builds.Watch(ctx, m.Outcome, log)
	}
	released, err := e.Leases.Wait(ctx, *m.lease)
	if err == nil && !released {
		e.Report.Note("the other run gives no sign of life any more: going on without it")
	}
	return m.Outcome, err
}
