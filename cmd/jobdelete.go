package cmd

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

func jobDeleteCommand(s ui.Streams, d Deps, run Func[JobOptions]) *cli.Command {
	return &cli.Command{
		Name:      "delete",
		Usage:     "remove a job with its executions and its schedule; `up` makes it again where the configuration has it",
		ArgsUsage: "NAME",
		Flags:     append(shared(theService), jsonFlag()),
		Action:    action(s, d, run, jobOptions),
	}
}

// jobDeleted is `job delete --json`.
type jobDeleted struct {
	Job     string `json:"job"`
	Deleted bool   `json:"deleted"`
}

// JobDelete removes a job of the service.
func JobDelete(ctx context.Context, s ui.Streams, d Deps, o JobOptions) error {
	set, jobs, err := openJobs(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	ok, err := jobs.DeleteJob(ctx, set.Service(), o.Name)
	switch {
	case err != nil:
		return err
	case !ok:
		return errs.New(errs.NotFound, set.Config.JobHint(o.Name), "%s has no job %s", set.Service().Service, o.Name)
	case o.JSON:
		return ui.WriteJSON(s.Out, jobDeleted{o.Name, true})
	}
	fmt.Fprintf(s.Err, "the job %s is removed\n", o.Name)
	return nil
}
