package cmd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// StatusOptions are the options of `status`.
type StatusOptions struct {
	App clients.App
	Output
	Wait  bool // for the build that runs
	Watch bool // show it again when it changes
}

// Validate refuses what makes no sense.
func (o StatusOptions) Validate() error {
	if o.Wait && o.Watch {
		return errs.New(errs.Usage, "Leave one of them out.", "--wait and --watch exclude each other: the one ends with the build, the other with Ctrl-C")
	}
	return nil
}

func statusCommand(s ui.Streams, d Deps, run Func[StatusOptions]) *cli.Command {
	return &cli.Command{
		Name:      "status",
		Usage:     "show the service: what serves, and the build that made it",
		ArgsUsage: anyServices,
		Flags: append(shared(theService), jsonFlag(), verboseFlag(),
			&cli.BoolFlag{Name: "wait", Usage: "follow the newest build to its end first, if it runs; fail if it does"},
			&cli.BoolFlag{Name: "watch", Usage: "show it again whenever it changes, until Ctrl-C"}),
		Action: action(s, d, run, func(c *cli.Context) (StatusOptions, error) {
			app, err := namedApp(c, manyServices)
			return StatusOptions{App: app, Output: outputOptions(c), Wait: c.Bool("wait"), Watch: c.Bool("watch")}, err
		}),
	}
}

// Status shows the service as it is now, and its newest build.
func Status(ctx context.Context, s ui.Streams, d Deps, o StatusOptions) error {
	if o.Watch { // of one alone
		o.App.EachRegion = true
		return statusOf(ctx, s, d, o)
	}
	return oneByOne(s, o.JSON, o.App, func(s ui.Streams, app clients.App) error {
		o.App = app
		return statusOf(ctx, s, d, o)
	})
}

func statusOf(ctx context.Context, s ui.Streams, d Deps, o StatusOptions) error {
	set, err := clients.Open(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	if o.Wait {
		if err := wait(ctx, s, d, set, o); err != nil {
			return err
		}
	}
	if o.Watch {
		return watch(ctx, s, d, set, o)
	}
	r, err := look(ctx, set)
	if err != nil {
		return err
	}
	return r.show(s.Out, set.Kind(), d.Now(), o)
}

// look is a service as it is now.
func look(ctx context.Context, set *clients.Set) (r statusReport, err error) {
	c := set.Config
	state, err := stateOf(ctx, set)
	if errs.KindOf(err) == errs.NotFound {
		if runs, rerr := set.Runs(ctx); rerr == nil && len(runs) > 0 && runs[0].Deploys() {
			return r, errs.New(errs.NotFound, runs[0].See(), "%w yet; run %s, in %s, deploys it", err, runs[0].ID, runs[0].Place())
		}
	}
	if err != nil {
		return r, err
	}
	r = statusReport{
		Service: set.Service().Service, Project: c.Project, Region: c.Region, URL: state.URL, Revision: state.Revision,
		Image: state.Image, Ready: state.Ready, Message: state.Message, Traffic: state.Traffic, Pinned: state.Pinned, Held: state.Held, Canary: state.Canary,
		Idle: state.Idle, Stopped: state.Stopped, Private: state.Private, Origin: state.Origin, Run: state.Run, By: state.By,
	}
	if !state.Modified.IsZero() {
		r.Modified = &state.Modified
	}
	var g errgroup.Group
	g.Go(func() error {
		last, ok, err := set.NewestDeploy(ctx)
		if ok {
			r.Build = &buildReport{last.Build, string(last.Status), last.LogURL}
		}
		return err
	})
	g.Go(func() error {
		runs, err := set.Runs(ctx)
		for _, run := range runs {
			r.Runs = append(r.Runs, runReport{run.ID, run.In, run.URL, run.Outer, run.Earliest()})
		}
		return unlessDenied(err)
	})
	g.Go(func() error {
		made, ok, err := set.Made(ctx, state.Image)
		if ok {
			r.Keys = &madeOf{made.Wheels.Hash, made.Runtime.Hash}
		}
		return unlessDenied(err)
	})
	return r, g.Wait()
}

// unlessDenied leaves an error out that is of a right: who may see the service need not
// see its images.
func unlessDenied(err error) error {
	if errs.KindOf(err) == errs.Auth {
		return nil
	}
	return err
}

// stateOf is the state of a service that must be there.
func stateOf(ctx context.Context, set *clients.Set) (release.State, error) {
	state, ok, err := set.Target().State(ctx, set.Service())
	if err == nil && !ok {
		err = noService(set)
	}
	return state, err
}

// noService is the error of what needs a service.
func noService(set *clients.Set) error {
	c := set.Config
	return errs.New(errs.NotFound, "Run `gcpdeploy up`.", "there is no service %s in %s, %s", set.Service().Service, c.Project, c.Region)
}

// private says what there is to say of a private service: how to call it, and what
// makes it public.
func private(kind release.Kind, app clients.App) string {
	command := func(words ...string) string { return "`" + strings.Join(append(words, app.Same()...), " ") + "`" }
	return "private: call it with " + command("gcpdeploy", "curl") + ", see it with " + command("gcpdeploy", "open") + "; `" + kind.Public + "` makes it public"
}

// wait follows the service's newest build to its end, where it has not ended, or else
// what deploys it as a step of another build, or elsewhere.
func wait(ctx context.Context, s ui.Streams, d Deps, set *clients.Set, o StatusOptions) error {
	last, ok, err := set.NewestBuild(ctx)
	switch {
	case err != nil:
		return err
	case !ok || last.Ended():
		return waitElsewhere(ctx, s, d, set, o)
	}
	report := ui.Reporter(ui.NewHuman(s, o.Verbose, d.Now)) // on Err: Out has one result
	defer report.Close()
	_, err = set.Follower(report).Join(ctx, set.Config.Service, last)
	return err
}

// waitElsewhere waits for the oldest run that deploys the service and is no build of its own.
func waitElsewhere(ctx context.Context, s ui.Streams, d Deps, set *clients.Set, o StatusOptions) error {
	runs, err := set.Runs(ctx)
	if err != nil && errs.KindOf(err) != errs.Auth {
		return err
	}
	i := slices.IndexFunc(runs, clients.Run.Deploys)
	if i < 0 {
		return nil
	}
	r := runs[i]
	fmt.Fprintf(s.Err, "waiting for run %s, in %s\n", r.ID, r.Place())
	if r.Outer == "" {
		return set.AwaitRun(ctx, r)
	}
	build, err := set.Build(ctx, r.Outer)
	if err == nil {
		build, err = follow(ctx, s, d, set, build, o.JSON)
	}
	if err == nil && build.Status != plan.Success {
		err = errs.New(errs.Build, build.Hint, "build %s ended with %s: %s", build.Build, build.Status, build.Detail)
	}
	return err
}
