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

// looks is how often the registry is asked for what another run is making.
var looks = poll.Backoff{Initial: 200 * time.Millisecond, Max: 3 * time.Second, Factor: 1.5}

// Await waits where another run, of this service or another one, is making the
// shared images that the plan misses: each is built once, whoever needs it. again
// says that it waited, so that the plan is to be made anew. A build of the others
// that fails for the wheels would fail here as well: its error is given.
func (e *Engine) Await(ctx context.Context, p plan.Plan) (again bool, err error) {
	other, image, hash, err := e.maker(ctx, p)
	if err != nil || image == "" {
		return false, err
	}
	e.Report.Note("another run is building the " + image + " " + key.Short(hash) + ": waiting for it (" + other.Build + ")")
	watching, stop := context.WithCancel(ctx)
	defer stop()
	type end struct {
		out plan.Outcome
		err error
	}
	log := newSplitter(e.Report, e.Now, stepsOf(other))
	ended := make(chan end, 1)
	go func() {
		out, err := e.Builds.Watch(watching, other, log)
		ended <- end{out, err}
	}()
	pause := looks.Initial
	for {
		select {
		case got := <-ended:
			return e.wentBefore(ctx, got.out, got.err, log)
		case <-poll.System.After(pause):
		}
		pause = min(pause*3/2, looks.Max)
		if p.Wheelhouse != nil && p.Wheelhouse.Renew {
			continue // its tag is there already, and will be moved
		}
		if _, there, err := e.Registry.Digest(ctx, image, hash); err != nil || there {
			stop()
			<-ended // nothing of its log comes after this
			log.Close()
			return there, err
		}
	}
}

// maker gives the build of another run that is making the runtime, or else the
// wheels, of the plan, and the image and key to wait for; image is "" when there
// is none, or when that build does all that this plan wants, and so is followed.
func (e *Engine) maker(ctx context.Context, p plan.Plan) (other plan.Outcome, image, hash string, err error) {
	if p.Keys.Runtime.Status != plan.Miss || !p.BuildsWheels() {
		return other, "", "", nil
	}
	if _, same, err := e.Builds.Running(ctx, planTag(p, Source{})); err != nil || same {
		return other, "", "", err
	}
	for _, c := range []struct{ image, hash, tag string }{
		{plan.Runtime, p.Keys.Runtime.Key, madeTag(p)}, {plan.Wheels, p.Keys.Wheels.Key, wheelsTag(p)},
	} {
		if c.image == plan.Wheels && p.Wheelhouse == nil {
			continue
		}
		if other, ok, err := e.Builds.Running(ctx, c.tag); err != nil || ok {
			return other, c.image, c.hash, err
		}
	}
	return other, "", "", nil
}

// wentBefore is how a build ended that was waited for.
func (e *Engine) wentBefore(ctx context.Context, out plan.Outcome, err error, log *splitter) (again bool, _ error) {
	log.Close()
	if ctx.Err() != nil {
		return false, errs.New(errs.Interrupted, "", "interrupted; build %s of another run goes on", out.Build)
	}
	if err != nil {
		return false, err
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
