package cmd

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/cron"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// ScheduleCreateOptions are the options of `schedule create`.
type ScheduleCreateOptions struct {
	App clients.App
	Output
	Name, Location string
	Schedule, Zone string
	Cooldown       time.Duration
	Notify         []string
	Prune          bool
	DryRun         bool
	Yes            bool
}

// Validate refuses what makes no sense.
func (o ScheduleCreateOptions) Validate() error {
	switch {
	case o.Schedule == "":
		return errs.New(errs.Usage, `Write --schedule "0 3 * * *", which is every day at three.`, "--schedule is missing: when it is to run")
	case o.Cooldown < 0:
		return errs.New(errs.Usage, "Write --cooldown 72h.", "--cooldown is %s, and must not be negative", o.Cooldown)
	case o.Name != "" && !clients.ScheduleName.MatchString(o.Name):
		return errs.New(errs.Usage, "Take letters, digits, - and _, at most 100.", "%.120q is no name of a schedule", o.Name)
	}
	for _, to := range o.Notify {
		kind, name, ok := strings.Cut(to, ":")
		if !ok || name == "" || kind != "topic" && kind != "webhook" {
			return errs.New(errs.Usage, "Write --notify topic:NAME or --notify webhook:SECRET.", "--notify says whom to tell, and one of them is neither a topic nor a webhook")
		}
	}
	_, err := o.at()
	return err
}

// at is when it runs.
func (o ScheduleCreateOptions) at() (cron.Schedule, error) {
	if _, err := cron.Zone(o.Zone); err != nil {
		return cron.Schedule{}, errs.New(errs.Usage, "Name it as the tz database does: --time-zone Europe/Berlin.", "--time-zone: %w", err)
	}
	at, err := cron.Parse(o.Schedule, o.Zone)
	if err != nil {
		return at, errs.New(errs.Usage, `Write --schedule "0 3 * * *", which is every day at three.`, "--schedule: %w", err)
	}
	return at, nil
}

func scheduleCreateCommand(s ui.Streams, d Deps, run Func[ScheduleCreateOptions]) *cli.Command {
	return &cli.Command{
		Name:      "create",
		Usage:     "have `wheels refresh` run by a schedule, or change the one that is there",
		ArgsUsage: "[NAME]",
		Flags: append(shared(theSchedules, []string{"build-service-account", "machine-type", "build-timeout", "logs-bucket", "source-bucket"}), jsonFlag(),
			&cli.StringFlag{Name: "schedule", Usage: "`WHEN`, as cron has it: \"0 3 * * *\" is every day at three"},
			&cli.StringFlag{Name: "time-zone", Value: "Etc/UTC", Usage: "`ZONE` of the times, such as Europe/Berlin"},
			locationFlag(),
			&cli.DurationFlag{Name: "cooldown", Usage: "take nothing that was uploaded to the index within this `TIME`, such as 72h"},
			&cli.StringSliceFlag{Name: "notify", Usage: "tell topic:`NAME` of Pub/Sub, or webhook:SECRET[:VERSION], of a refresh that fails"},
			&cli.BoolFlag{Name: "prune", Usage: "remove images that nothing needs any more after a refresh"},
			&cli.BoolFlag{Name: "dry-run", Usage: "only say what would change"},
			&cli.BoolFlag{Name: "yes", Usage: "make what schedules need in the project without asking"},
		),
		Action: action(s, d, run, func(c *cli.Context) (ScheduleCreateOptions, error) {
			args, err := arguments(c, 1)
			return ScheduleCreateOptions{
				App: appOptions(c), Output: outputOptions(c), Name: strings.Join(args, ""), Location: c.String("location"),
				Schedule: c.String("schedule"), Zone: c.String("time-zone"), Cooldown: c.Duration("cooldown"), Notify: c.StringSlice("notify"),
				Prune: c.Bool("prune"), DryRun: c.Bool("dry-run"), Yes: c.Bool("yes"),
			}, err
		}),
	}
}

// scheduleKept is `schedule create --json`.
type scheduleKept struct {
	Status   string         `json:"status"` // "created", "updated", "nothing_to_do", "would_create", "would_update"
	Schedule scheduleReport `json:"schedule"`
	Mask     []string       `json:"update_mask,omitempty"`
	Next     []time.Time    `json:"next_runs"`
}

// ScheduleCreate makes a schedule, or changes the one of its name to what is asked for.
func ScheduleCreate(ctx context.Context, s ui.Streams, d Deps, o ScheduleCreateOptions) error {
	at, err := o.at()
	if err != nil {
		return err
	}
	set, err := clients.Open(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	builder, err := set.BuilderDigest(ctx)
	if err != nil {
		return err
	}
	spec, err := set.Schedule(clients.ScheduleOptions{Name: o.Name, Location: o.Location, At: at, Cooldown: o.Cooldown, Notify: o.Notify, Prune: o.Prune}, builder)
	if err != nil {
		return err
	}
	if !o.DryRun {
		if err := prepareSchedules(ctx, s, d, set, o); err != nil {
			return err
		}
	}
	kept, is, mask, err := set.Schedules(o.Location).Keep(ctx, spec, o.DryRun)
	if err != nil {
		return err
	}
	out := scheduleKept{Status: string(kept), Schedule: reportSchedule(clients.ScheduleState{State: is}), Mask: mask, Next: at.Next(d.Now(), 3)}
	if what, ok := map[string]string{"created": "would_create", "updated": "would_update"}[out.Status]; ok && o.DryRun {
		out.Status = what
	}
	report := warner(s, d)
	for _, name := range set.NotScheduled() {
		report.Warn(name + " is set on this machine, and not in a build: write it in gcpdeploy.yaml, and deploy that")
	}
	report.Close()
	if o.JSON {
		return ui.WriteJSON(s.Out, out)
	}
	out.print(s)
	return nil
}

func (k scheduleKept) print(s ui.Streams) {
	r := k.Schedule
	what := map[string]string{"created": "created", "updated": "changed", "nothing_to_do": "nothing to do: it is there as asked for,", "would_create": "would create", "would_update": "would change"}[k.Status]
	if len(k.Mask) > 0 {
		what += " " + strings.Join(k.Mask, ", ") + " of"
	}
	fmt.Fprintf(s.Err, "%s the schedule %s, which refreshes the wheels of %s as %s\n", what, r.Name, r.Service, r.Account)
	for i := range k.Next {
		fmt.Fprintf(s.Err, "  runs %s\n", shortTime(&k.Next[i], r.Zone))
	}
	if r.State == "paused" {
		fmt.Fprintf(s.Err, "it is paused: `gcpdeploy schedule resume %s` lets it run\n", r.Name)
	}
	fmt.Fprintln(s.Out, r.Name)
}

// prepareSchedules sees to what schedules need and deploys do not. Who may not see
// that goes on: what lacks is told by the call that needs it.
func prepareSchedules(ctx context.Context, s ui.Streams, d Deps, set *clients.Set, o ScheduleCreateOptions) error {
	if needs, err := d.NeedsSetup(o.App); err != nil || !needs {
		return err
	}
	prepared, err := set.ScheduleNeeds(o.App, o.Prune)
	if err != nil {
		return err
	}
	steps := prepared.Observe(ctx)
	lack := clients.SetupLacking(steps)
	if clients.SetupErr(steps) != nil || len(lack) == 0 {
		return nil
	}
	var names []string
	for _, step := range lack {
		names = append(names, step.Name())
	}
	if s.Answers && !o.Yes && !o.JSON {
		reportSetup(prepared, lack, false).list(s.Err)
	}
	project := prepared.Spec.Project
	if err := agreedTo(s, o.Yes, o.JSON, "schedules need more in "+project+" than it has ("+strings.Join(names, ", ")+")", "Schedules need this. Make it?"); err != nil {
		return err
	}
	return applySetup(ctx, s, d, prepared, lack, o.Output)
}
