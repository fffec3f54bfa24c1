package run

import (
	"context"
	"slices"

	"cloud.google.com/go/run/apiv2/runpb"
	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// observedJobs are the jobs that were made for a service, with those that it wants.
type observedJobs struct {
	wanted []config.Job
	have   map[string]*runpb.Job // by name
}

// observeJobs asks for the jobs of a service that has some, or had.
func (c *Client) observeJobs(ctx context.Context, s *runpb.Service, d Desired) (o observedJobs, err error) {
	o.wanted = d.Jobs
	if len(d.Jobs) == 0 && s.GetAnnotations()[jobsKey] == "" {
		return o, nil
	}
	all, err := c.serviceJobs(ctx, d.Spec)
	o.have = map[string]*runpb.Job{}
	for _, j := range all {
		if name := j.GetAnnotations()[jobKey]; name != "" {
			o.have[name] = j
		}
	}
	return o, err
}

// unwanted are the names of those that are there and wanted no more.
func (o observedJobs) unwanted() (names []string) {
	for name := range o.have {
		if !slices.ContainsFunc(o.wanted, func(j config.Job) bool { return j.Name == name }) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// same says whether there is nothing to do about them.
func (o observedJobs) same(d Desired, t *runpb.RevisionTemplate) bool {
	for _, j := range o.wanted {
		now := o.have[j.Name]
		if now == nil || !sameJob(now, withSchedule(mergeJob(now, d, t, j), scheduleOf(j))) {
			return false
		}
	}
	return len(o.unwanted()) == 0
}

// KeepJobs makes the jobs of a release what it says.
func (t Target) KeepJobs(ctx context.Context, s release.Spec, image string, by release.Run, tell func(string)) (superseded string, err error) {
	d, err := Want(s, image, by)
	if err != nil {
		return "", err
	}
	service, _, err := t.client.Get(ctx, s.Project, s.Region, s.Service)
	if err != nil {
		return "", err
	}
	template := Merge(service, d).GetTemplate()
	observed, err := t.client.observeJobs(ctx, service, d)
	if err != nil {
		return "", err
	}
	for _, j := range s.Jobs {
		if run := jobRun(observed.have[j.Name]); by.YieldsTo(run) {
			return run.ID, nil
		}
	}
	later := make([]string, len(s.Jobs))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for n, j := range s.Jobs {
		g.Go(func() (err error) {
			later[n], err = t.keepJob(ctx, d, template, j)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return "", err
	}
	for n, run := range later {
		if run != "" {
			return run, nil
		}
		if now := observed.have[s.Jobs[n].Name]; now == nil {
			tell("job " + s.Jobs[n].Name + " is made")
		}
	}
	return "", nil
}

// jobRun is the run that wrote a job last.
func jobRun(j *runpb.Job) release.Run { return release.ParseRun(j.GetAnnotations()[runKey]) }

// keepJob makes one job what it should be, and its schedule. The job says last which
// schedule is kept for it: a run that is killed between leaves something to do.
func (t Target) keepJob(ctx context.Context, d Desired, template *runpb.RevisionTemplate, j config.Job) (superseded string, err error) {
	id, want := jobID(d.Service, j.Name), scheduleOf(j)
	kept := ""
	update := func(schedule func(kept string) string) (*runpb.Job, error) {
		return t.client.updateJob(ctx, d.Spec, id, "updating the job "+j.Name, func(observed *runpb.Job) (*runpb.Job, error) {
			if run := jobRun(observed); d.Run.YieldsTo(run) {
				superseded = run.ID
				return nil, nil
			}
			if observed != nil && !ofService(observed, d.Service) {
				return nil, notOurs(id, d.Region)
			}
			kept = observed.GetAnnotations()[scheduleKey]
			merged := withSchedule(mergeJob(observed, d, template, j), schedule(kept))
			if sameJob(observed, merged) && jobRun(observed) == d.Run {
				return nil, nil
			}
			return merged, nil
		})
	}
	now, err := update(func(kept string) string { return kept })
	if err != nil || superseded != "" {
		return superseded, err
	}
	if want == "" && kept == "" {
		return "", nil
	}
	if err := t.keepSchedule(ctx, d.Spec, id, j, now.GetTemplate().GetTemplate().GetServiceAccount()); err != nil {
		return "", err
	}
	if kept != want {
		_, err = update(func(string) string { return want })
	}
	return superseded, err
}

// DropJobs removes jobs that the configuration has no more.
func (t Target) DropJobs(ctx context.Context, s release.Spec, by release.Run, tell func(string)) error {
	all, err := t.client.serviceJobs(ctx, s)
	if err != nil {
		return err
	}
	for _, j := range all {
		name := j.GetAnnotations()[jobKey]
		if name == "" || by.YieldsTo(jobRun(j)) || slices.ContainsFunc(s.Jobs, func(w config.Job) bool { return w.Name == name }) {
			continue
		}
		if err := t.removeJob(ctx, s, j); err != nil {
			return err
		}
		tell("job " + name + " is removed: the configuration has it no more")
	}
	return nil
}

// removeJob removes a job, and before it what runs it.
func (t Target) removeJob(ctx context.Context, s release.Spec, j *runpb.Job) error {
	if j.GetAnnotations()[scheduleKey] != "" {
		if err := t.dropSchedule(ctx, s, short(j.GetName())); err != nil {
			return err
		}
	}
	_, err := t.client.deleteJob(ctx, j.GetName())
	return err
}

// removeJobs removes all jobs of a service that has some, or had.
func (t Target) removeJobs(ctx context.Context, s release.Spec) error {
	service, ok, err := t.client.Get(ctx, s.Project, s.Region, s.Service)
	if err != nil || !ok || service.GetAnnotations()[jobsKey] == "" {
		return err
	}
	all, err := t.client.serviceJobs(ctx, s)
	if err != nil {
		return err
	}
	for _, j := range all {
		if err := t.removeJob(ctx, s, j); err != nil {
			return err
		}
	}
	return nil
}
