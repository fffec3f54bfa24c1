package builder

import (
	"context"
	"fmt"
	"io"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// deploy releases an image. Jobs get it first; those that run before traffic run when
// the revision could serve, and before it does; then it takes the traffic, by steps where
// that is wanted. Where something fails the traffic is as it was. A revision that has
// the traffic already has been through all that.
func (to To) deploy(ctx context.Context, p plan.Plan, image string, by release.Run, out io.Writer) (release.Released, error) {
	tell := func(text string) { fmt.Fprintln(out, text) }
	if p.Release.Preview.Beside() { // jobs are of what serves
		return to.Deploy(ctx, p.Release, image, by, tell)
	}
	jobs, err := to.jobs(p)
	if err != nil {
		return release.Released{}, err
	}
	var before []config.Job
	if jobs != nil {
		later, err := jobs.KeepJobs(ctx, p.Release, image, by, tell)
		if err != nil || later != "" {
			return release.Released{Image: image, Superseded: later}, err
		}
		for _, j := range p.Release.Jobs {
			if j.BeforeTraffic {
				before = append(before, j)
			}
		}
	}
	switch {
	case len(before) == 0 && p.Check.Canary == nil:
		return to.Deploy(ctx, p.Release, image, by, tell)
	case p.Current.Revision == "": // the first revision serves as soon as it is there
		if later, err := to.beforeTraffic(ctx, jobs, p.Release, before, "", by, out); err != nil || later != "" {
			return release.Released{Image: image, Superseded: later}, err
		}
		return to.Deploy(ctx, p.Release, image, by, tell)
	}
	released, err := to.withheld(ctx, p, image, by, tell)
	if err != nil || released.Superseded != "" || released.Percent == 100 && p.Release.NoTraffic {
		return released, err
	}
	if released.Percent == 100 { // perhaps as somebody has fixed it, which a release ends
		return to.Deploy(ctx, p.Release, image, by, tell)
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
	if p.Check.Canary != nil {
		if later, err := to.canary(ctx, p, released, by, out); err != nil || later != "" {
			released.Superseded = later
			return released, err
		}
	}
	moved, err := to.Deploy(ctx, p.Release, image, by, tell)
	if p.Check.Canary != nil || len(moved.Before) == 0 { // who goes back goes back to what was there before all steps
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
