package engine

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// stopGrace bounds the wait for a build's end after Ctrl-C.
const stopGrace = 30 * time.Second

// secondThought is how long after Ctrl-C a second one leaves the build running.
const secondThought = time.Second

// back is how to come back to a build that goes on.
const back = "Run `gcpdeploy up` again or `gcpdeploy status --wait` to follow it, `gcpdeploy cancel` to stop it."

// stop cancels a build after Ctrl-C, and says how that went. A second Ctrl-C in
// time leaves it running; a later one waits no longer.
func (e *Engine) stop(ctx context.Context, build plan.Outcome) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
	defer cancel()
	note := "cancelling build " + build.Build
	if e.Again != nil {
		again, release := e.Again()
		defer release()
		e.Report.Note(note + "; Ctrl-C again leaves it running")
		select {
		case <-again:
			return errs.New(errs.Interrupted, back, "interrupted; build %s goes on", build.Build)
		case <-e.Clock.After(secondThought):
		}
		go func() {
			select {
			case <-again:
				cancel()
			case <-ctx.Done():
			}
		}()
	} else {
		e.Report.Note(note)
	}
	if err := e.Builds.Cancel(ctx, build); err != nil {
		return errs.New(errs.Interrupted, "Run `gcpdeploy cancel "+build.Build+"`.", "interrupted; the build could not be cancelled: %w", err)
	}
	if _, err := e.Builds.Watch(ctx, build, io.Discard); err != nil && !errors.Is(err, context.Canceled) {
		return errs.New(errs.Interrupted, "", "interrupted; build %s is being cancelled", build.Build)
	}
	return errs.New(errs.Interrupted, "", "interrupted; build %s was cancelled", build.Build)
}

// Join follows a build of a service that runs already, as the run that started it
// does, and gives what it came to. Ctrl-C leaves it running.
func (e *Engine) Join(ctx context.Context, service string, build plan.Outcome) (Result, error) {
	r := Result{Type: "result", Service: service, Stages: []StageTime{}}
	log := newSplitter(e.Report, e.Clock.Now, stepsOf(build))
	out, err := e.Builds.Watch(ctx, build, log)
	log.Close()
	switch {
	case ctx.Err() != nil:
		return r, errs.New(errs.Interrupted, back, "interrupted; build %s goes on", build.Build)
	case err != nil:
		return r, err
	}
	log.finish(out)
	return e.result(ctx, plan.Plan{Service: service}, out, r, log)
}
