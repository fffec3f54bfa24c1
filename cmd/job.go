package cmd

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// JobOptions are what all commands below `job` take.
type JobOptions struct {
	App clients.App
	Output
	Name string
}

func jobCommand(s ui.Streams, d Deps) *cli.Command {
	return &cli.Command{
		Name:  "job",
		Usage: "jobs: programs that run to their end in the service's image",
		Subcommands: []*cli.Command{
			jobListCommand(s, d, JobList), jobRunCommand(s, d, JobRun), jobLogsCommand(s, d, JobLogs), jobDeleteCommand(s, d, JobDelete),
		},
	}
}

// Validate refuses a command about no job.
func (o JobOptions) Validate() error {
	if o.Name == "" {
		return errs.New(errs.Usage, "Name one, as `gcpdeploy job list` shows it.", "no job is named")
	}
	return nil
}

// openJobs is the target of a service as one that has jobs.
func openJobs(ctx context.Context, d Deps, app clients.App) (*clients.Set, release.Jobs, error) {
	set, err := clients.Open(ctx, d, app)
	if err != nil {
		return nil, nil, err
	}
	jobs, err := set.Jobs()
	if err != nil {
		_ = set.Close()
		return nil, nil, err
	}
	return set, jobs, nil
}

func jobOptions(c *cli.Context) (JobOptions, error) {
	args, err := arguments(c, 1)
	o := JobOptions{App: appOptions(c), Output: outputOptions(c)}
	if len(args) > 0 {
		o.Name = args[0]
	}
	return o, err
}
