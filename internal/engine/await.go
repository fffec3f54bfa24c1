package engine

import (
	"context"
	"errors"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// ErrAgain says that another run has made, or is making, what a plan wanted to
// make: observe and plan again.
var ErrAgain = errors.New("another run makes what is missing")

// tagPauses is how often the registry is asked for what another run is making.
var tagPauses = poll.Backoff{Initial: 200 * time.Millisecond, Max: 3 * time.Second, Factor: 1.5}

// Await waits where another run, of this service or another one, is making the
// shared images that the plan misses: each is built once, whoever needs it. again
// says that it waited, so that the plan is to be made anew. A build of the others
// that fails for the wheels would fail here as well: its error is given.
func (e *Engine) Await(ctx context.Context, p plan.Plan) (again bool, err error) {
	return e.await(ctx, p, func() {})
}

// await is Await that says so before it waits.
func (e *Engine) await(ctx context.Context, p plan.Plan, waits func()) (again bool, err error) {
	other, missing, err := e.otherMaking(ctx, p)
	if err != nil || missing.image == "" {
		return false, err
	}
	waits()
	e.Report.Note("another run is building the " + missing.image + " " + key.Short(missing.hash) + ": waiting for it (" + other.name() + ")")
	watching, stop := context.WithCancel(ctx)
	defer stop()
	asking, end := context.WithCancel(ctx)
	log := newSplitter(e.Report, e.Clock.Now, stepsOf(other.Outcome))
	ended := make(chan struct{})
	var out plan.Outcome
	var failed error
	go func() {
		defer close(ended)
		defer end()
		out, failed = e.outlast(watching, other, log)
	}()
	var there bool
	if p.Wheelhouse == nil || !p.Wheelhouse.Renew { // else its tag is there already, and will be moved
		there, err = e.awaitTag(asking, missing)
	}
	if there || err != nil && asking.Err() == nil {
		stop()
		<-ended // nothing of its log comes after this
		log.Close()
		return there, err
	}
	<-ended
	return e.planAgain(ctx, other, out, failed, log)
}

// awaitTag waits until an image has its key's tag.
func (e *Engine) awaitTag(ctx context.Context, i sharedImage) (there bool, err error) {
	err = poll.Until(ctx, e.Clock, tagPauses, func(ctx context.Context) (bool, error) {
		var err error
		_, there, err = e.Registry.Digest(ctx, i.image, i.hash)
		return there, err
	})
	return there, err
}

// sharedImage is one that several plans may miss, by its key.
type sharedImage struct {
	image, hash string
	tag         string // of the builds that make it
}

// otherMaking gives another run that is making the runtime, or else
// the wheels, of the plan, and which of them; none where there is no such run,
// or where its build does all that this plan wants, and so is followed.
func (e *Engine) otherMaking(ctx context.Context, p plan.Plan) (other maker, i sharedImage, err error) {
	if p.Keys.Runtime.Status != plan.Miss || !p.BuildsWheels() {
		return other, i, nil
	}
	if _, same, err := e.Builds.Running(ctx, planTag(p, Source{})); err != nil || same {
		return other, i, err
	}
	makers := e.makers()
	missing := []sharedImage{{plan.Runtime, p.Keys.Runtime.Key, madeTag(p)}}
	if p.Wheelhouse != nil {
		missing = append(missing, sharedImage{plan.Wheels, p.Keys.Wheels.Key, wheelsTag(p)})
	}
	for _, i := range missing {
		if other, ok, err := makers(ctx, i.tag); err != nil || ok {
			return other, i, err
		}
	}
	return other, i, nil
}

// planAgain says whether the plan is to be made anew now that another's run,
// which it waited for, has ended.
func (e *Engine) planAgain(ctx context.Context, other maker, out plan.Outcome, err error, log *splitter) (again bool, _ error) {
	log.Close()
	if ctx.Err() != nil {
		return false, errs.New(errs.Interrupted, "", "interrupted; build %s of another run goes on", other.Build)
	}
	if err != nil || other.lease != nil { // how a lease's run ended, only its own log says
		return err == nil, err
	}
	log.finish(out)
	if failedStep(out).About().Shared {
		return false, failure(out, log.tail)
	}
	return true, nil
}

// stepsOf are the steps of a build of another plan, by their ids alone.
func stepsOf(o plan.Outcome) (steps []plan.Step) {
	for _, s := range o.Steps {
		steps = append(steps, plan.Step{ID: s.ID})
	}
	return steps
}

// wheelsTag marks the builds that make wheels of a key.
func wheelsTag(p plan.Plan) string { return "wheels-" + p.Keys.Wheels.Key[:40] }
