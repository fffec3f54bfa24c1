package cmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// ScheduleTurnOptions are the options of `schedule pause` and `schedule resume`.
type ScheduleTurnOptions struct {
	ScheduleOptions
	On bool // resume
}

func scheduleTurnCommand(s ui.Streams, d Deps, on bool, run Func[ScheduleTurnOptions]) *cli.Command {
	c := &cli.Command{Name: "pause", Usage: "stop a schedule until it is resumed", ArgsUsage: "[NAME]", Flags: oneSchedule()}
	if on {
		c.Name, c.Usage = "resume", "let a schedule that was paused go on"
	}
	c.Action = action(s, d, run, func(c *cli.Context) (ScheduleTurnOptions, error) {
		o, err := scheduleOptions(c)
		return ScheduleTurnOptions{o, on}, err
	})
	return c
}

// ScheduleTurn pauses a schedule, or resumes it.
func ScheduleTurn(ctx context.Context, s ui.Streams, d Deps, o ScheduleTurnOptions) error {
	set, err := clients.Open(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	is, err := set.ScheduleNamed(ctx, o.Location, o.Name)
	if err != nil {
		return err
	}
	turn := set.Schedules(o.Location).Pause
	if o.On {
		turn = set.Schedules(o.Location).Resume
	}
	now, err := turn(ctx, is.Name)
	if err != nil {
		return err
	}
	r := reportSchedule(clients.ScheduleState{State: now})
	switch {
	case o.JSON:
		return ui.WriteJSON(s.Out, r)
	case o.On:
		fmt.Fprintf(s.Err, "%s runs next %s\n", r.Name, shortTime(r.Next, r.Zone))
	default:
		fmt.Fprintf(s.Err, "%s is paused; `gcpdeploy schedule resume %[1]s` lets it go on\n", r.Name)
	}
	return nil
}

// ScheduleDeleteOptions are the options of `schedule delete`.
type ScheduleDeleteOptions struct {
	ScheduleOptions
	Yes bool
}

func scheduleDeleteCommand(s ui.Streams, d Deps, run Func[ScheduleDeleteOptions]) *cli.Command {
	return &cli.Command{
		Name:      "delete",
		Usage:     "delete a schedule; what its runs made stays",
		ArgsUsage: "[NAME]",
		Flags:     oneSchedule(&cli.BoolFlag{Name: "yes", Usage: "do it without asking"}),
		Action: action(s, d, run, func(c *cli.Context) (ScheduleDeleteOptions, error) {
			o, err := scheduleOptions(c)
			return ScheduleDeleteOptions{o, c.Bool("yes")}, err
		}),
	}
}

// ScheduleDelete deletes a schedule that was made here.
func ScheduleDelete(ctx context.Context, s ui.Streams, d Deps, o ScheduleDeleteOptions) error {
	set, err := clients.Open(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	name, deleted := o.Name, false
	is, err := set.ScheduleNamed(ctx, o.Location, o.Name)
	switch {
	case errs.KindOf(err) == errs.NotFound && name != "":
	case err != nil:
		return err
	default:
		name = is.Name
		if err := agreedTo(s, o.Yes, o.JSON, "this deletes the schedule "+name, "Delete the schedule "+name+"?"); err != nil {
			return err
		}
		if deleted, err = set.Schedules(o.Location).Delete(ctx, name); err != nil {
			return err
		}
	}
	switch {
	case o.JSON:
		return ui.WriteJSON(s.Out, map[string]any{"schedule": name, "deleted": deleted})
	case deleted:
		fmt.Fprintf(s.Err, "deleted the schedule %s; what its runs made stays\n", strings.TrimSpace(name))
	default:
		fmt.Fprintf(s.Err, "nothing to do: there is no schedule %s\n", name)
	}
	return nil
}
