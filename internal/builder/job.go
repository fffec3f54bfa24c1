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

// deploy releases an image. Jobs get it first; those that run before traffic run when
// the revision could serve, and before it does. Where one fails the traffic stays as
// it is. A revision that has the traffic already has had them run.
func (to To) deploy(ctx context.Context, p plan.Plan, image string, by release.Run, out io.Writer) (release.Released, error) {
	tell := func(text string) { fmt.Fprintln(out, text) }
	if p.Release.Preview != nil { // jobs are of what serves
		return to.Deploy(ctx, p.Release, image, by, tell)
	}
	jobs, err := to.jobs(p)
	if err != nil || jobs == nil {
		if err != nil {
			return release.Released{}, err
		}
		return to.Deploy(ctx, p.Release, image, by, tell)
	}
	later, err := jobs.KeepJobs(ctx, p.Release, image, by, tell)
	if err != nil || later != "" {
		return release.Released{Image: image, Superseded: later}, err
	}
	var before []config.Job
	for _, j := range p.Release.Jobs {
		if j.BeforeTraffic {
			before = append(before, j)
		}
	}
	switch {
	case len(before) == 0:
		return to.Deploy(ctx, p.Release, image, by, tell)
	case p.Current.Revision == "": // the first revision serves as soon as it is there
		if later, err := to.beforeTraffic(ctx, jobs, p.Release, before, "", by, out); err != nil || later != "" {
			return release.Released{Image: image, Superseded: later}, err
		}
		return to.Deploy(ctx, p.Release, image, by, tell)
	}
	released, err := to.withheld(ctx, p, image, by, tell)
	if err != nil || released.Superseded != "" || released.Percent == 100 {
		return released, err
	}
	if p.Release.NoTraffic {
		for _, j := range before {
			fmt.Fprintf(out, "%s was not run: run it before the traffic moves, `gcpdeploy job run %[1]s`\n", j.Name)
		}
		return released, nil
	}
	if later, err := to.beforeTraffic(ctx, jobs, p.Release, before, released.Revision, by, out); err != nil || later != "" {
		released.Superseded = later
		return released, err
	}
	moved, err := to.Deploy(ctx, p.Release, image, by, tell)
	if len(moved.Before) == 0 {
		moved.Before = released.Before
	}
	return moved, err
}

// withheld has the revision there, without traffic: it is, where the start check was of it.
func (to To) withheld(ctx context.Context, p plan.Plan, image string, by release.Run, tell func(string)) (release.Released, error) {
	if p.Check.Beside {
		return to.Try(ctx, p.Release, image, by, tell)
	}
	s := p.Release
	s.NoTraffic = true
	return to.Deploy(ctx, s, image, by, tell)
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
