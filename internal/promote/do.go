package promote

import (
	"context"
	"errors"
	"io"

	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// The stages of a promotion, as people see them.
const (
	stageCopy    = "copy"
	stageStart   = string(plan.StepStart)
	stageRelease = string(plan.StepRelease)
)

// Do does what Look has found: of two runs of the service the one started later wins. A
// service that is as wanted is left alone.
func (p Promoter) Do(ctx context.Context, m Promotion, by release.Run) (Result, error) {
	by = release.ParseRun(by.String()) // as targets note it, and know it again
	r := Result{Type: "result", From: m.From, To: m.To, Service: m.To.Service, Image: m.Image, Origin: m.Origin}
	if m.NothingToDo {
		if why := m.Current.Closed; why != "" {
			p.Report.Warn("the service is private, though everybody was to call it: " + why)
		}
		r.Status, r.URL, r.Revision, r.Percent = "nothing_to_do", m.Current.URL, m.Current.Revision, m.Current.Percent()
		r.Private = m.Current.Private || m.Current.Closed != ""
		r.To.Revision = r.Revision
		return r, nil
	}
	if err := p.To.Target.Check(ctx, m.plan.Release, m.Current); err != nil {
		if refused, ok := errors.AsType[*release.Refusal](err); ok {
			err = refused.At(p.To.Config.Origin)
		}
		return r, err
	}
	err := p.stage(stageCopy, func(out io.Writer) error {
		if err := p.copy(ctx, m, out); err != nil {
			return err
		}
		return p.mark(ctx, m)
	})
	if err != nil {
		return r, err
	}
	to := builder.To{Target: p.To.Target, Front: p.To.Kind.Front, Invoke: p.To.Kind.Invoke, Asks: p.Asks, Clock: p.Clock}
	if m.plan.Check.Beside {
		err := p.stage(stageStart, func(out io.Writer) error {
			started, _, err := builder.Try(ctx, p.To.Registry, to, m.plan, m.Image, by, out)
			if started.Warning != "" {
				p.Report.Warn(started.Warning)
			}
			return err
		})
		if err != nil {
			return r, err
		}
	}
	var released release.Released
	err = p.stage(stageRelease, func(out io.Writer) (err error) {
		released, err = builder.Serve(ctx, to, m.plan, m.Digest, by, out)
		return err
	})
	if err != nil {
		return r, err
	}
	r.Status, r.URL, r.Revision, r.Percent = "released", released.URL, released.Revision, released.Percent
	r.To.Revision = released.Revision
	r.Private = released.Private || released.Closed != ""
	for _, text := range []string{released.Warning, released.Closed} {
		if text != "" {
			p.Report.Warn(text)
		}
	}
	if released.Superseded != "" {
		r.Status = "superseded"
		return r, errs.New(errs.Superseded, "", "superseded: a newer run (%s) serves %s in %s", released.Superseded, m.To.Service, p.To.Name())
	}
	return r, nil
}
