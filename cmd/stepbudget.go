package cmd

import (
	"context"
	"fmt"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// measure gives what of the image there is a budget for.
func (b build) measure(ctx context.Context, o StepOptions) (s plan.Started, err error) {
	budget := b.Check.Budget
	if budget == nil {
		return s, nil
	}
	worker, err := b.set.Worker()
	if err == nil && budget.Start > 0 && b.Check.Start {
		s, err = b.timed(ctx, worker, o)
	}
	if err == nil && budget.Bytes > 0 {
		if s.Bytes, err = builder.Size(ctx, worker.Client, o.Image, worker.PullOurs); err == nil {
			fmt.Fprintf(b.out, "the image has %s\n", plan.Megabytes(s.Bytes))
		}
	}
	return s, err
}

// timed starts the image here, also where a revision is the start check: making that takes
// longer than its container's start, and nobody can tell the two apart. What cannot start without
// its surroundings is not measured, and says so.
func (b build) timed(ctx context.Context, worker clients.Worker, o StepOptions) (s plan.Started, err error) {
	const without = "budget.start is not looked at: "
	if len(b.Release.Secrets) > 0 {
		builder.Warn(&s, without+"the service needs secrets that are not there when its image is started in the build", b.out)
		return s, nil
	}
	options, err := b.startOptions(o, worker)
	if err != nil {
		return s, err
	}
	s, err = builder.Timed(ctx, worker.Client, options, b.Check.Budget.Start, b.out)
	if b.Check.Beside && errs.KindOf(err) == errs.Build {
		builder.Warn(&s, without+"started in the build, "+err.Error(), b.out)
		err = nil
	}
	return s, err
}
