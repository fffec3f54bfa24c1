package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// WheelsRefreshOptions are the options of `wheels refresh`.
type WheelsRefreshOptions struct {
	App clients.App
	Output
	DryRun   bool
	Cooldown time.Duration // only packages uploaded longer ago are taken; 0 = all
}

// Validate refuses what makes no sense.
func (o WheelsRefreshOptions) Validate() error {
	if o.Cooldown < 0 {
		return errs.New(errs.Usage, "Write --cooldown 72h.", "--cooldown is %s, and must not be negative", o.Cooldown)
	}
	return nil
}

func wheelsRefreshCommand(s ui.Streams, d Deps, run Func[WheelsRefreshOptions]) *cli.Command {
	return &cli.Command{
		Name:  "refresh",
		Usage: "resolve the requirements again; what changed is built, tested, and then used by the next deploy",
		Flags: append(shared(everything, theTelling), jsonFlag(), verboseFlag(),
			&cli.BoolFlag{Name: "dry-run", Usage: "only say what would change"},
			&cli.DurationFlag{Name: "cooldown", Usage: "take nothing that was uploaded to the index within this `TIME`, such as 72h"},
		),
		Action: action(s, d, run, func(c *cli.Context) (WheelsRefreshOptions, error) {
			return WheelsRefreshOptions{
				App: appOptions(c), Output: outputOptions(c), DryRun: c.Bool("dry-run"), Cooldown: c.Duration("cooldown"),
			}, nil
		}),
	}
}

// WheelsRefresh resolves the requirements of what is deployed again, and promotes
// what came of it once its tests passed. Exit code 0 is nothing to do, or promoted.
// Who is to be told of the end is told, whichever it is.
func WheelsRefresh(ctx context.Context, s ui.Streams, d Deps, o WheelsRefreshOptions) error {
	started := d.Now()
	report := o.reporter(s, d)
	defer report.Close()
	app, set, err := clients.OpenDeployed(ctx, d, o.App, report)
	if err != nil {
		if at, lost := clients.Open(ctx, d, o.App); lost == nil { // of what is at hand
			o.tell(ctx, at, engine.RefreshResult{}, err, started, report)
			_ = at.Close()
		}
		return err
	}
	defer set.Close()
	r, err := refreshWheels(ctx, d, o, app, set, report, started)
	o.tell(ctx, set, r, err, started, report)
	report.Close()
	err = errors.Join(err, stepOutput(d, r, r.Status != "", err))
	tellGitHub(d, report, refreshedForGitHub(r, err))
	if err != nil {
		return err
	}
	if o.JSON {
		return ui.WriteJSON(s.Out, r)
	}
	printRefresh(s, r)
	return nil
}

// tell is for those who were not there: what only looks, and who stops it, is.
func (o WheelsRefreshOptions) tell(ctx context.Context, set *clients.Set, r engine.RefreshResult, failure error, started time.Time, report ui.Reporter) {
	if !o.DryRun && ctx.Err() == nil {
		set.Tell(ctx, r, failure, started, report.Warn)
	}
}

func refreshWheels(ctx context.Context, d Deps, o WheelsRefreshOptions, app *engine.App, set *clients.Set, report ui.Reporter, started time.Time) (engine.RefreshResult, error) {
	e, err := set.Runner(ctx, app, report)
	if err != nil {
		return engine.RefreshResult{}, err
	}
	builder, err := e.Builder(ctx, app.App)
	if err != nil {
		return engine.RefreshResult{}, err
	}
	c := set.Config
	report.Head(fmt.Sprintf("refreshing the wheels of %s, %s, %s", c.Service, c.Project, c.Region))
	if o.Cooldown > 0 {
		app = app.UploadedBefore(started.Add(-o.Cooldown))
	}
	r, err := e.Refresh(ctx, app, builder, o.DryRun, started)
	r.Seconds = d.Now().Sub(started).Seconds()
	return r, err
}

func printRefresh(s ui.Streams, r engine.RefreshResult) {
	for _, c := range r.Changed {
		fmt.Fprintln(s.Out, c)
	}
	took := ui.Duration(time.Duration(r.Seconds * float64(time.Second)))
	switch r.Status {
	case "nothing_to_do":
		fmt.Fprintf(s.Err, "nothing to do: all %s are the newest that the requirements allow (%s)\n", ui.Count(r.Packages, "package"), took)
	case "would_change":
		fmt.Fprintf(s.Err, "%s would change; run it without --dry-run (%s)\n", ui.Count(len(r.Changed), "package"), took)
	default:
		fmt.Fprintf(s.Err, "%s changed, tested, and in the next deploy (%s)\n", ui.Count(len(r.Changed), "package"), took)
	}
}
