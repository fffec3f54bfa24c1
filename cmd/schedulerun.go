package cmd

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// ScheduleRunOptions are the options of `schedule run`.
type ScheduleRunOptions struct {
	ScheduleOptions
	Wait bool
}

func scheduleRunCommand(s ui.Streams, d Deps, run Func[ScheduleRunOptions]) *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "run a schedule now, and print the ID of its build",
		ArgsUsage: "[NAME]",
		Flags:     oneSchedule(&cli.BoolFlag{Name: "wait", Usage: "follow its log to the end"}),
		Action: action(s, d, run, func(c *cli.Context) (ScheduleRunOptions, error) {
			o, err := scheduleOptions(c)
			return ScheduleRunOptions{o, c.Bool("wait")}, err
		}),
	}
}

// scheduleRan is `schedule run --json`.
type scheduleRan struct {
	Schedule string                `json:"schedule"`
	Build    buildReport           `json:"build"`
	Result   *engine.RefreshResult `json:"result,omitempty"`  // where it was waited for
	Failure  *plan.Failed          `json:"failure,omitempty"` // the same
}

// ScheduleRun has a schedule run now, as its time would.
func ScheduleRun(ctx context.Context, s ui.Streams, d Deps, o ScheduleRunOptions) error {
	set, err := clients.Open(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	is, err := set.ScheduleNamed(ctx, o.Location, o.Name)
	if err != nil {
		return err
	}
	build, err := set.RunSchedule(ctx, o.Location, is)
	if err != nil {
		return err
	}
	var end clients.ScheduleState
	if o.Wait {
		if build, err = follow(ctx, s, d, set, build, o.JSON); err != nil {
			return err
		}
		end = clients.Came(is, build)
	}
	if o.JSON {
		if err := ui.WriteJSON(s.Out, scheduleRan{is.Name, buildReport{build.Build, string(build.Status), build.LogURL}, end.Result, end.Failure}); err != nil {
			return err
		}
	} else {
		fmt.Fprintln(s.Out, build.Build)
	}
	if !o.Wait || build.Status == plan.Success {
		return nil
	}
	detail, hint := build.Detail, build.Hint
	if end.Failure != nil {
		detail, hint = end.Failure.Error, end.Failure.Hint
	}
	err = errs.New(errs.Build, hint, "build %s of the schedule %s ended with %s: %s", build.Build, is.Name, build.Status, detail)
	if o.JSON {
		return reported{err}
	}
	return err
}
