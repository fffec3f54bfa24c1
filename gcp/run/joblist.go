package run

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/logging"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// ListJobs gives the jobs that were made for the service, by name.
func (t Target) ListJobs(ctx context.Context, s release.Spec) ([]release.JobState, error) {
	found, err := t.client.serviceJobs(ctx, s)
	if err != nil {
		return nil, err
	}
	all := []release.JobState{}
	for _, j := range found {
		one := release.JobState{
			Name: nameOf(j), FullName: short(j.GetName()), Schedule: j.GetAnnotations()[scheduleKey], Once: j.GetAnnotations()[onceKey] != "",
		}
		if c := j.GetTemplate().GetTemplate().GetContainers(); len(c) > 0 {
			one.Image, one.Command = c[0].GetImage(), slices.Concat(c[0].GetCommand(), c[0].GetArgs())
		}
		if last := j.GetLatestCreatedExecution(); last != nil {
			one.Last = &release.Execution{Name: short(last.GetName()), Job: one.Name, Began: last.GetCreateTime().AsTime(),
				Succeeded: last.GetCompletionStatus() == runpb.ExecutionReference_EXECUTION_SUCCEEDED}
			if at := last.GetCompletionTime(); at != nil {
				one.Last.Ended = at.AsTime()
			}
			if !one.Last.Succeeded && !one.Last.Ended.IsZero() {
				one.Last.Message = strings.ToLower(strings.TrimPrefix(last.GetCompletionStatus().String(), "EXECUTION_"))
			}
		}
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b release.JobState) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// nameOf is a job's name for people: that of the configuration, or of a command's job
// the one at Cloud Run.
func nameOf(j *runpb.Job) string {
	if name := j.GetAnnotations()[jobKey]; name != "" {
		return name
	}
	return short(j.GetName())
}

// JobLogs hands on the newest lines of a job.
func (t Target) JobLogs(ctx context.Context, s release.Spec, job, execution string, q release.Query, each func(release.Line) error) error {
	j, err := t.client.named(ctx, s, job)
	if err != nil {
		return err
	}
	return t.client.jobLines(ctx, s, short(j.GetName()), execution, q, each)
}

// named finds a job of the service by its name for people.
func (c *Client) named(ctx context.Context, s release.Spec, job string) (*runpb.Job, error) {
	for _, id := range []string{jobID(s.Service, job), job} {
		j, err := c.getJob(ctx, jobName(s, id))
		if err != nil {
			return nil, err
		}
		if j != nil && ofService(j, s.Service) && nameOf(j) == job {
			return j, nil
		}
	}
	return nil, noJob(s, job)
}

// jobLog is what a job's entries are found by (cloud.google.com/run/docs/logging).
func jobLog(s release.Spec, id, execution string) logging.Service {
	filter := fmt.Sprintf(`resource.type="cloud_run_job" AND resource.labels.job_name=%q AND resource.labels.location=%q`, id, s.Region)
	if execution != "" {
		filter += fmt.Sprintf(` AND labels."run.googleapis.com/execution_name"=%q`, execution)
	}
	return logging.Service{Project: s.Project, Filter: filter}
}

func (c *Client) jobLines(ctx context.Context, s release.Spec, id, execution string, q release.Query, each func(release.Line) error) error {
	return c.logs.Lines(ctx, "reading the job's log", jobLog(s, id, execution), q, each)
}

// cutExecution gives the job's and the execution's short names of a full one.
func cutExecution(name string) (job, execution string, ok bool) {
	job, execution, ok = strings.Cut(name, "/executions/")
	return short(job), execution, ok
}

// DeleteJob removes a job of the service with its schedule.
func (t Target) DeleteJob(ctx context.Context, s release.Spec, job string) (ok bool, err error) {
	all, err := t.client.serviceJobs(ctx, s)
	if err != nil {
		return false, err
	}
	n := slices.IndexFunc(all, func(j *runpb.Job) bool { return nameOf(j) == job })
	if n < 0 {
		return false, nil
	}
	return true, t.removeJob(ctx, s, all[n])
}
