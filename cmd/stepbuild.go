package cmd

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// build is the build that a step belongs to. Its methods are the steps.
type build struct {
	plan.Plan
	set    *clients.Set
	out    io.Writer
	lookup func(string) (string, bool)
}

func (b build) earlier(ctx context.Context, o StepOptions) (any, error) {
	worker, err := b.set.Worker()
	if err != nil {
		return nil, err
	}
	return nil, builder.Earlier(ctx, worker, o.Image, o.To, b.out)
}

func (b build) logins(ctx context.Context, o StepOptions) (any, error) {
	given, _ := b.lookup(plan.NetrcEnv)
	return nil, builder.Logins(ctx, b.set.IndexLogin, given, o.Hosts, o.To, b.out)
}

func (b build) publishWheels(ctx context.Context, o StepOptions) (any, error) {
	worker, err := b.set.Worker()
	if err != nil {
		return nil, err
	}
	r, err := builder.PublishWheels(ctx, b.set.Registry(), worker, b.Plan, o.Image, b.out)
	if err != nil {
		return r, err
	}
	return r, builder.SaveWheels(".", r)
}

func (b build) madeWheels(ctx context.Context, o StepOptions) (any, error) {
	worker, err := b.set.Worker()
	if err != nil {
		return nil, err
	}
	labels, _ := builder.CheckLabels(b.lookup)
	return builder.MadeWheels(ctx, func(ctx context.Context, path string) ([]byte, error) {
		return worker.ReadFile(ctx, o.Image, path, labels)
	}, b.out)
}

func (b build) base(ctx context.Context, _ StepOptions) (any, error) {
	worker, err := b.set.Worker()
	if err != nil {
		return nil, err
	}
	return nil, builder.Base(ctx, worker, b.set.Registry(), b.Plan, ".", b.out)
}

func (b build) pushSystem(ctx context.Context, o StepOptions) (any, error) {
	worker, err := b.set.Worker()
	if err != nil {
		return nil, err
	}
	return nil, builder.PushSystem(ctx, worker, b.set.Registry(), b.Plan, o.Image, ".", b.out)
}

func (b build) layers(ctx context.Context, o StepOptions) (any, error) {
	return nil, builder.Layers(ctx, b.set.Registry(), b.Plan, o.WheelsImage, ".", poll.System.Now(), b.out)
}

func (b build) runtime(ctx context.Context, o StepOptions) (any, error) {
	labels := map[string]string{}
	for _, l := range o.Labels {
		name, value, _ := strings.Cut(l, "=")
		labels[name] = value
	}
	return nil, builder.Runtime(ctx, b.set.Registry(), b.Plan, ".", o.System, o.Image, labels, b.out)
}

func (b build) publish(ctx context.Context, o StepOptions) (any, error) {
	worker, err := b.set.Worker()
	if err != nil {
		return nil, err
	}
	r, err := builder.Publish(ctx, b.set.Registry(), worker, b.Plan, builder.Pushed{Runtime: o.Runtime, TestEnv: o.TestEnv}, b.out)
	if err != nil {
		return nil, err
	}
	return r, builder.SavePublished(r)
}

func (b build) resolved(ctx context.Context, o StepOptions) (any, error) {
	data, err := builder.ReadResolution()
	if err != nil {
		return nil, err
	}
	return builder.Compare(ctx, b.set.Registry(), o.Current, data, b.out)
}

func (b build) promote(ctx context.Context, o StepOptions) (any, error) {
	made := builder.Refreshed{Wheels: o.Wheels, Image: o.Image, Runtime: o.Runtime, TestEnv: o.TestEnv}
	return builder.Promote(ctx, b.set.Registry(), b.Plan, made, b.out)
}

func (b build) image(ctx context.Context, o StepOptions) (any, error) {
	runtime, err := builder.RuntimeRef(o.Runtime)
	if err != nil {
		return nil, err
	}
	return nil, builder.Image(ctx, b.set.Registry(), ".", runtime, o.Image, b.out)
}

// start has the image answer beside what serves, where the plan says so; where it cannot
// be asked there, or not so, by itself. What there is a budget for is measured before.
func (b build) start(ctx context.Context, o StepOptions) (any, error) {
	measured, err := b.measure(ctx, o)
	if err == nil {
		err = builder.Hold(&measured, b.Check.Budget, b.out)
	}
	if err != nil || !b.Check.Start || !b.Check.Beside && measured.Seconds > 0 { // which was a start
		return measured, err
	}
	started, err := b.answer(ctx, o)
	if started.Seconds, started.Bytes = measured.Seconds, measured.Bytes; measured.Warning != "" {
		started.Warning = strings.TrimPrefix(started.Warning+"; "+measured.Warning, "; ")
	}
	return started, err
}

// answer sees the image answer.
func (b build) answer(ctx context.Context, o StepOptions) (plan.Started, error) {
	if !b.Check.Beside {
		return b.startHere(ctx, o)
	}
	by, err := builder.ByOf(b.lookup)
	if err != nil {
		return plan.Started{}, err
	}
	b.Release.Origin = builder.OriginOf(b.lookup)
	started, asked, err := builder.Try(ctx, b.set.Registry(), b.to(), b.Plan, o.Image, by, b.out)
	if err != nil || asked || len(b.Release.Secrets) > 0 { // which are not for what is started here
		return started, err
	}
	return b.startHere(ctx, o)
}

func (b build) startHere(ctx context.Context, o StepOptions) (plan.Started, error) {
	worker, err := b.set.Worker()
	if err != nil {
		return plan.Started{}, err
	}
	options, err := b.startOptions(o, worker)
	if err != nil {
		return plan.Started{}, err
	}
	return builder.Start(ctx, worker.Client, options, b.out)
}

// startOptions are of a start where the build runs.
func (b build) startOptions(o StepOptions, worker clients.Worker) (builder.StartOptions, error) {
	contract, err := b.set.Kind().Contract(b.Release)
	labels, _ := builder.CheckLabels(b.lookup)
	return builder.StartOptions{
		Image: o.Image, Builder: b.Builder, Env: builder.CheckEnv(b.Plan), Contract: contract, Labels: labels, Answer: *b.Check.Answer,
		Timeout: time.Duration(b.Check.Timeout) * time.Second, Pull: worker.PullOurs,
	}, err
}

func (b build) test(ctx context.Context, o StepOptions) (any, error) {
	worker, err := b.set.Worker()
	if err != nil {
		return nil, err
	}
	labels, stays := builder.CheckLabels(b.lookup)
	return builder.Test(ctx, worker.Client, builder.TestOptions{
		Image: o.Image, TestEnv: o.TestEnv, Command: b.Check.Command, Folder: b.Source.App, Env: builder.CheckEnv(b.Plan), Labels: labels, Keep: stays,
		Services: b.Check.Services, Builder: b.Builder, Pull: worker.PullOurs, Slim: b.Slim,
	}, b.out)
}

func (b build) putInService(ctx context.Context, o StepOptions) (any, error) {
	app, err := builder.AppKey(b.Plan)
	if err != nil {
		return nil, err
	}
	by, err := builder.ByOf(b.lookup)
	if err != nil {
		return nil, err
	}
	b.Release.Origin = builder.OriginOf(b.lookup)
	return builder.Release(ctx, b.set.Registry(), b.to(), b.Plan, app, o.Image, by, b.out)
}

// to is where the build releases to.
func (b build) to() builder.To {
	return builder.To{Target: b.set.Target(), Front: b.set.Kind().Front, Invoke: b.set.Kind().Invoke, Asks: builder.Account(b.Plan), Clock: poll.System}
}
