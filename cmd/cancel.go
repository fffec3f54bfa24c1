package cmd

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// CancelOptions are the options of `cancel`.
type CancelOptions struct {
	App clients.App
	Output
	Build string // ID; "" = the one that runs
}

func cancelCommand(s ui.Streams, d Deps, run Func[CancelOptions]) *cli.Command {
	return &cli.Command{
		Name:      "cancel",
		Usage:     "stop the service's running build",
		ArgsUsage: "[BUILD]",
		Flags:     append(shared(theService), jsonFlag()),
		Action: action(s, d, run, func(c *cli.Context) (CancelOptions, error) {
			args, err := arguments(c, 1)
			return CancelOptions{App: appOptions(c), Output: outputOptions(c), Build: strings.Join(args, "")}, err
		}),
	}
}

// Cancel stops a build, and waits until it has ended.
func Cancel(ctx context.Context, s ui.Streams, d Deps, o CancelOptions) error {
	set, err := clients.Open(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	build, err := running(ctx, set, o.Build)
	if err != nil {
		return err
	}
	report := warner(s, d)
	defer report.Close()
	builds := set.Builds(report)
	if err := builds.Cancel(ctx, build); err != nil {
		return err
	}
	if build, err = builds.Watch(ctx, build, io.Discard); err != nil {
		return err
	}
	if build.Status != plan.Cancelled {
		return ended(build)
	}
	if o.JSON {
		return ui.WriteJSON(s.Out, buildReport{build.Build, string(build.Status), build.LogURL})
	}
	fmt.Fprintf(s.Out, "build %s was cancelled\n", build.Build)
	return nil
}

// running is the build of that ID, or the service's only one that has not ended.
func running(ctx context.Context, set *clients.Set, id string) (plan.Outcome, error) {
	if id != "" {
		build, err := set.Build(ctx, id)
		switch {
		case err != nil:
		case build.Ended():
			err = ended(build)
		case build.Build != id:
			err = errs.New(errs.Usage, "Run `gcpdeploy cancel "+build.Build+"`, which stops all of that build.", "run %s is a step of build %s, and is not stopped alone", id, build.Build)
		}
		return build, err
	}
	all, err := set.RunningBuilds(ctx)
	switch {
	case err != nil:
		return plan.Outcome{}, err
	case len(all) == 0:
		if err := elsewhere(ctx, set); err != nil {
			return plan.Outcome{}, err
		}
		return plan.Outcome{}, errs.New(errs.NotFound, "Run `gcpdeploy status` to see the last one.", "no build of %s is running", set.Config.Service)
	case len(all) > 1:
		var ids []string
		for _, b := range all {
			ids = append(ids, b.Build)
		}
		return plan.Outcome{}, errs.New(errs.Usage, "Name one: `gcpdeploy cancel "+ids[0]+"`.", "several builds of %s are running: %s", set.Config.Service, strings.Join(ids, ", "))
	}
	return all[0], nil
}

// elsewhere is the error of what deploys the service and is no build of its own, which
// is stopped where it runs; nil = there is none.
func elsewhere(ctx context.Context, set *clients.Set) error {
	runs, err := set.Runs(ctx)
	if err != nil && errs.KindOf(err) != errs.Auth { // who may stop builds need not see images
		return err
	}
	for _, r := range runs {
		if r.Deploys() {
			return errs.New(errs.Usage, r.Stop(), "run %s deploys %s and is no build of its own: it runs in %s", r.ID, r.Service, r.Place())
		}
	}
	return nil
}

func ended(build plan.Outcome) error {
	return errs.New(errs.NotFound, "", "build %s has ended: %s", build.Build, build.Status)
}
