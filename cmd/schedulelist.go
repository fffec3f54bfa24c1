package cmd

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

func scheduleListCommand(s ui.Streams, d Deps, run Func[ScheduleOptions]) *cli.Command {
	return &cli.Command{
		Name:  "list",
		Usage: "list the schedules that were made here, with what their last runs came to",
		Flags: oneSchedule(),
		Action: action(s, d, run, func(c *cli.Context) (ScheduleOptions, error) {
			o, err := scheduleOptions(c)
			o.App.Shared = true
			return o, err
		}),
	}
}

// schedulesReport is `schedule list --json`.
type schedulesReport struct {
	Location  string           `json:"location"`
	Schedules []scheduleReport `json:"schedules"`
	Others    int              `json:"others"` // jobs that are not gcpdeploy's
}

// ScheduleList prints the schedules of a location.
func ScheduleList(ctx context.Context, s ui.Streams, d Deps, o ScheduleOptions) error {
	set, err := clients.Open(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	all, others, err := set.ListSchedules(ctx, o.Location)
	if err != nil {
		return err
	}
	out := schedulesReport{set.Schedules(o.Location).Location, []scheduleReport{}, others}
	for _, is := range all {
		out.Schedules = append(out.Schedules, reportSchedule(is))
	}
	if o.JSON {
		return ui.WriteJSON(s.Out, out)
	}
	if len(all) == 0 {
		fmt.Fprintln(s.Err, "no schedules of gcpdeploy in "+out.Location+"; `gcpdeploy schedule create` makes one")
	} else if err := printSchedules(s.Out, out.Schedules); err != nil {
		return err
	}
	for _, is := range all {
		tellOutdated(s, is)
	}
	return nil
}

func printSchedules(w io.Writer, all []scheduleReport) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "NAME\tSERVICE\tSCHEDULE\tSTATE\tNEXT RUN\tLAST RESULT\tBUILD")
	for _, r := range all {
		build := "-"
		if r.LastBuild != nil {
			build = r.LastBuild.ID
		}
		fmt.Fprintf(t, "%s\t%s\t%s (%s)\t%s\t%s\t%s\t%s\n", r.Name, r.Service, r.Schedule, r.Zone, r.State, shortTime(r.Next, r.Zone), r.outcome(), build)
	}
	return t.Flush()
}

func scheduleShowCommand(s ui.Streams, d Deps, run Func[ScheduleOptions]) *cli.Command {
	return &cli.Command{
		Name:      "show",
		Usage:     "show a schedule: when it runs, and what its last run came to",
		ArgsUsage: "[NAME]",
		Flags:     oneSchedule(),
		Action:    action(s, d, run, scheduleOptions),
	}
}

// ScheduleShow prints a schedule.
func ScheduleShow(ctx context.Context, s ui.Streams, d Deps, o ScheduleOptions) error {
	set, err := clients.Open(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	found, err := set.ScheduleNamed(ctx, o.Location, o.Name)
	if err != nil {
		return err
	}
	is, err := set.ShowSchedule(ctx, found)
	if err != nil {
		return err
	}
	r := reportSchedule(is)
	if o.JSON {
		return ui.WriteJSON(s.Out, r)
	}
	w := tabwriter.NewWriter(s.Out, 0, 8, 2, ' ', 0)
	line := func(name, value string) { fmt.Fprintf(w, "%s\t%s\n", name, value) }
	line("name", r.Name)
	line("service", r.Service)
	line("schedule", r.Schedule+" ("+r.Zone+")")
	line("state", r.State)
	line("next run", shortTime(r.Next, r.Zone))
	line("account", r.Account)
	for _, c := range r.Commands {
		line("runs", "gcpdeploy "+c)
	}
	line("builder", r.Builder)
	line("last post", strings.TrimSpace(shortTime(r.Last, r.Zone)+" "+r.Failed))
	if r.LastBuild != nil {
		line("last build", strings.TrimSpace(r.LastBuild.ID+" "+r.LastBuild.Status+" "+r.LastBuild.LogURL))
	}
	if r.Result != nil {
		line("result", refreshed(*r.Result))
		for _, c := range r.Result.Changed {
			line("changed", fmt.Sprint(c))
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	printOutcome(s, is)
	tellOutdated(s, is)
	return nil
}
