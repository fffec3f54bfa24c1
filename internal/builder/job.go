package builder

import (
	"context"
	"fmt"
	"io"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// jobs is the target as one that has jobs; nil where the release has none, and none of
// an earlier one are to go.
func (to To) jobs(p plan.Plan) (release.Jobs, error) {
	if len(p.Release.Jobs)+len(p.Current.Unwanted) == 0 {
		return nil, nil
	}
	jobs, ok := to.Target.(release.Jobs)
	if !ok {
		return nil, errs.New(errs.Internal, "", "the target has no jobs")
	}
	return jobs, nil
}

// beforeTraffic runs jobs one after the other. revision is what waits for them; "" = it
// is not there yet.
func (to To) beforeTraffic(ctx context.Context, jobs release.Jobs, s release.Spec, all []config.Job, revision string, by release.Run, out io.Writer) (superseded string, err error) {
	for _, j := range all {
		fmt.Fprintf(out, "job %s runs before the traffic moves\n", j.Name)
		e, err := jobs.RunJob(ctx, s, j.Name, by, release.Watch{})
		switch {
		case err != nil && ctx.Err() != nil:
			return "", err
		case err != nil:
			return "", errs.New(errs.KindOf(err), errs.HintOf(err), "the job %s, which runs before the traffic moves: %w; %s", j.Name, err, stays(revision))
		case e.Superseded != "":
			return e.Superseded, nil
		case e.Succeeded:
			fmt.Fprintf(out, "job %s has succeeded\n", j.Name)
			continue
		}
		if len(e.Log) > 0 {
			fmt.Fprintf(out, "the end of its log:\n")
			for _, line := range e.Log {
				fmt.Fprintln(out, line)
			}
		}
		exit := ""
		if e.Exit != 0 {
			exit = fmt.Sprintf(" with exit code %d", e.Exit)
		}
		return "", errs.New(errs.Build, "Mend it, and run `gcpdeploy up` again; `gcpdeploy job logs "+j.Name+"` has all that it wrote.",
			"the job %s failed%s: %s; %s. What it did until then, to a database say, stays done", j.Name, exit, e.Message, stays(revision))
	}
	return "", nil
}

// stays is what becomes of the traffic where a job fails.
func stays(revision string) string {
	if revision == "" {
		return "nothing was released"
	}
	return "what served before goes on serving, and " + revision + " gets no traffic"
}

// dropJobs removes those that the release has no more, once it serves.
func (to To) dropJobs(ctx context.Context, p plan.Plan, r *release.Released, by release.Run, out io.Writer) {
	if len(p.Current.Unwanted) == 0 || p.Release.NoTraffic {
		return
	}
	jobs, err := to.jobs(p)
	if err == nil {
		err = jobs.DropJobs(ctx, p.Release, by, func(text string) { fmt.Fprintln(out, text) })
	}
	if err != nil {
		warn(r, "jobs that are wanted no more stay: "+err.Error())
	}
}
