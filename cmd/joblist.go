package cmd

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// JobListOptions are the options of `job list`.
type JobListOptions struct {
	App clients.App
	Output
}

func jobListCommand(s ui.Streams, d Deps, run Func[JobListOptions]) *cli.Command {
	return &cli.Command{
		Name:  "list",
		Usage: "list the jobs of the service, and how each ran last",
		Flags: append(shared(theService), jsonFlag()),
		Action: action(s, d, run, func(c *cli.Context) (JobListOptions, error) {
			_, err := arguments(c, 0)
			return JobListOptions{App: appOptions(c), Output: outputOptions(c)}, err
		}),
	}
}

// jobsReport is `job list --json`.
type jobsReport struct {
	Service string             `json:"service"`
	Project string             `json:"project"`
	Region  string             `json:"region"`
	Jobs    []release.JobState `json:"jobs"`
}

// JobList lists the jobs of the service.
func JobList(ctx context.Context, s ui.Streams, d Deps, o JobListOptions) error {
	set, jobs, err := openJobs(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	all, err := jobs.ListJobs(ctx, set.Service())
	if err != nil {
		return err
	}
	if o.JSON {
		return ui.WriteJSON(s.Out, jobsReport{set.Service().Service, set.Config.Project, set.Config.Region, all})
	}
	if len(all) == 0 {
		fmt.Fprintln(s.Err, "there are none")
		return nil
	}
	return printJobs(s.Out, all, d.Now())
}

func printJobs(w io.Writer, all []release.JobState, now time.Time) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "JOB\tIMAGE\tSCHEDULE\tLAST\tCOMMAND")
	for _, j := range all {
		schedule := "-"
		if j.Schedule != "" {
			schedule = j.Schedule
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", j.Name, shortImage(j.Image), schedule, lastOf(j.Last, now), strings.Join(j.Command, " "))
	}
	return t.Flush()
}

// lastOf is how a job ran last, in words.
func lastOf(e *release.Execution, now time.Time) string {
	switch {
	case e == nil:
		return "never"
	case e.Ended.IsZero():
		return "runs since " + ui.Age(now.Sub(e.Began))
	case e.Succeeded:
		return "succeeded " + ui.Age(now.Sub(e.Ended)) + " ago"
	}
	return e.Message + " " + ui.Age(now.Sub(e.Ended)) + " ago"
}
