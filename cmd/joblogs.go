package cmd

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// JobLogsOptions are the options of `job logs`.
type JobLogsOptions struct {
	JobOptions
	Execution string
	Limit     int
	Follow    bool
}

// Validate refuses impossible values.
func (o JobLogsOptions) Validate() error {
	if o.Limit < 1 {
		return errs.New(errs.Usage, "Give a number of 1 or more.", "--limit is %d", o.Limit)
	}
	return o.JobOptions.Validate()
}

func jobLogsCommand(s ui.Streams, d Deps, run Func[JobLogsOptions]) *cli.Command {
	return &cli.Command{
		Name:      "logs",
		Usage:     "print what a job wrote",
		ArgsUsage: "NAME",
		Flags: append(shared(theService), jsonFlag(),
			&cli.StringFlag{Name: "execution", Usage: "only what one `EXECUTION` wrote"},
			&cli.IntFlag{Name: "limit", Value: 200, Usage: "at most so many of the newest lines"},
			&cli.BoolFlag{Name: "follow", Aliases: []string{"f"}, Usage: "go on with what is to come, until Ctrl-C"}),
		Action: action(s, d, run, func(c *cli.Context) (JobLogsOptions, error) {
			o, err := jobOptions(c)
			return JobLogsOptions{o, c.String("execution"), c.Int("limit"), c.Bool("follow")}, err
		}),
	}
}

// JobLogs prints what a job wrote.
func JobLogs(ctx context.Context, s ui.Streams, d Deps, o JobLogsOptions) error {
	set, jobs, err := openJobs(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	err = jobs.JobLogs(ctx, set.Service(), o.Name, o.Execution, release.Query{Limit: o.Limit, Follow: o.Follow}, func(l release.Line) error {
		if o.JSON {
			return ui.WriteJSON(s.Out, lineOf(l))
		}
		_, err := fmt.Fprintln(s.Out, l.Time.UTC().Format(time.RFC3339), strings.TrimSpace(l.Severity+" "+l.Text))
		return err
	})
	return stopped(ctx, o.Follow, err)
}
