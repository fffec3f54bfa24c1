package cmd

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

func scheduleCommand(s ui.Streams, d Deps) *cli.Command {
	return &cli.Command{
		Name:  "schedule",
		Usage: "refresh the wheels by a schedule of Cloud Scheduler",
		Subcommands: []*cli.Command{
			scheduleCreateCommand(s, d, ScheduleCreate),
			scheduleListCommand(s, d, ScheduleList),
			scheduleShowCommand(s, d, ScheduleShow),
			scheduleRunCommand(s, d, ScheduleRun),
			scheduleTurnCommand(s, d, false, ScheduleTurn),
			scheduleTurnCommand(s, d, true, ScheduleTurn),
			scheduleDeleteCommand(s, d, ScheduleDelete),
		},
	}
}

// theSchedules are the flags that say which schedules.
var theSchedules = slices.Concat(theService, []string{"repository", "build-region"})

// ScheduleOptions are those of commands about one schedule.
type ScheduleOptions struct {
	App clients.App
	Output
	Name     string // "" = the service's only one
	Location string // "" = where builds run
}

// oneSchedule are the flags of a command about one schedule.
func oneSchedule(more ...cli.Flag) []cli.Flag {
	return append(append(shared(theSchedules), jsonFlag(), locationFlag()), more...)
}

func locationFlag() cli.Flag {
	return &cli.StringFlag{Name: "location", Usage: "`LOCATION` of Cloud Scheduler's job (default: the region of builds)"}
}

func scheduleOptions(c *cli.Context) (ScheduleOptions, error) {
	args, err := arguments(c, 1)
	return ScheduleOptions{App: appOptions(c), Output: outputOptions(c), Name: strings.Join(args, ""), Location: c.String("location")}, err
}

// scheduleReport is a schedule in JSON.
type scheduleReport struct {
	Name      string                `json:"name"`
	Service   string                `json:"service"`
	Schedule  string                `json:"schedule"`
	Zone      string                `json:"time_zone"`
	State     string                `json:"state"` // "enabled", "paused", or Google's word
	Next      *time.Time            `json:"next_run"`
	Last      *time.Time            `json:"last_post"`
	Failed    string                `json:"post_failed,omitempty"` // why the last build could not be made: Google's code
	Account   string                `json:"account"`
	Commands  []string              `json:"commands"` // of the build's steps
	Builder   string                `json:"builder"`  // image, by digest
	Outdated  bool                  `json:"outdated,omitempty"`
	LastBuild *buildReport          `json:"last_build,omitempty"`
	Result    *engine.RefreshResult `json:"result,omitempty"`  // of that
	Failure   *plan.Failed          `json:"failure,omitempty"` // of that
}

func reportSchedule(is clients.ScheduleState) scheduleReport {
	r := scheduleReport{
		Name: is.Name, Service: is.Service, Schedule: is.Text, Zone: is.Zone, State: is.State.State, Next: moment(is.Next), Last: moment(is.Last),
		Failed: is.Failed, Account: is.Account, Commands: []string{}, Builder: is.Builder, Outdated: is.Outdated, Result: is.Result, Failure: is.Failure,
	}
	for _, c := range is.Commands {
		r.Commands = append(r.Commands, strings.Join(c, " "))
	}
	if is.Build != nil {
		r.LastBuild = &buildReport{is.Build.Build, string(is.Build.Status), is.Build.LogURL}
	}
	return r
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// outcome is what the last run of a schedule came to, for people: the post's where
// that failed, as no build came of it.
func (r scheduleReport) outcome() string {
	switch {
	case r.Failed != "":
		return "no build: " + r.Failed
	case r.LastBuild == nil:
		return "-"
	case r.LastBuild.Status == string(plan.Success) && r.Result != nil:
		return refreshed(*r.Result)
	}
	return r.LastBuild.Status
}

// refreshed says in a few words what a refresh came to.
func refreshed(r engine.RefreshResult) string {
	switch r.Status {
	case "nothing_to_do":
		return "nothing to do"
	case "promoted":
		return "promoted " + ui.Count(len(r.Changed), "package")
	}
	return r.Status
}

// shortTime is a time in a zone, where that is known, for people.
func shortTime(t *time.Time, zone string) string {
	if t == nil {
		return "-"
	}
	at, err := time.LoadLocation(cmp.Or(zone, "UTC"))
	if err != nil {
		at = time.UTC
	}
	return t.In(at).Format("Mon 2006-01-02 15:04 MST")
}

// tellOutdated says of a schedule whose builds run another program what mends that.
func tellOutdated(s ui.Streams, is clients.ScheduleState) {
	if is.Outdated {
		fmt.Fprintf(s.Err, "%s runs another version of gcpdeploy than this one: `%s` mends that\n", is.Name, is.Again())
	}
}

// printOutcome says more of a schedule's last run than its list does.
func printOutcome(s ui.Streams, is clients.ScheduleState) {
	if err := clients.PostFailed(is.State); err != nil {
		fmt.Fprintf(s.Err, "%v\n%s\n", err, errs.HintOf(err))
	}
	if is.Failure != nil {
		fmt.Fprintln(s.Err, is.Failure.Error)
		if is.Failure.Hint != "" {
			fmt.Fprintln(s.Err, "hint: "+is.Failure.Hint)
		}
	}
}
