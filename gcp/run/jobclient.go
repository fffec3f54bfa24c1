package run

import (
	"context"
	"errors"
	"sync"

	api "cloud.google.com/go/run/apiv2"
	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// jobClients are those of jobs, which connect when they are first used.
type jobClients struct {
	jobs       func() (*api.JobsClient, error)
	executions func() (*api.ExecutionsClient, error)
	tasks      func() (*api.TasksClient, error)
}

func newJobClients(a *gcp.Access) jobClients {
	const doing = "connecting to Cloud Run"
	return jobClients{
		jobs: sync.OnceValues(func() (*api.JobsClient, error) {
			opts, err := a.GRPC(a.Endpoint(gcp.Run))
			if err != nil {
				return nil, err
			}
			c, err := api.NewJobsClient(context.Background(), opts...)
			return c, gcp.Error(err, doing)
		}),
		executions: sync.OnceValues(func() (*api.ExecutionsClient, error) {
			opts, err := a.GRPC(a.Endpoint(gcp.Run))
			if err != nil {
				return nil, err
			}
			c, err := api.NewExecutionsClient(context.Background(), opts...)
			return c, gcp.Error(err, doing)
		}),
		tasks: sync.OnceValues(func() (*api.TasksClient, error) {
			opts, err := a.GRPC(a.Endpoint(gcp.Run))
			if err != nil {
				return nil, err
			}
			c, err := api.NewTasksClient(context.Background(), opts...)
			return c, gcp.Error(err, doing)
		}),
	}
}

// retryJobs makes a call that may be made twice.
func (c *Client) retryJobs(ctx context.Context, doing string, call func(context.Context, *api.JobsClient) error) error {
	j, err := c.jobs.jobs()
	if err != nil {
		return err
	}
	return c.access.Retry(ctx, c.endpoint(), doing, c.access.Patience(c.endpoint()), func(ctx context.Context) error { return call(ctx, j) })
}

// getJob gives a job by its full name; nil where there is none.
func (c *Client) getJob(ctx context.Context, full string) (j *runpb.Job, err error) {
	err = c.retryJobs(ctx, "looking up the job "+short(full), func(ctx context.Context, r *api.JobsClient) (err error) {
		j, err = r.GetJob(ctx, &runpb.GetJobRequest{Name: full}, gcp.Once)
		return err
	})
	if gcp.Code(err) == codes.NotFound {
		return nil, nil
	}
	return j, err
}

// serviceJobs gives the jobs that were made for a service.
func (c *Client) serviceJobs(ctx context.Context, s release.Spec) (found []*runpb.Job, err error) {
	err = c.retryJobs(ctx, "listing jobs", func(ctx context.Context, r *api.JobsClient) error {
		found = nil
		it := r.ListJobs(ctx, &runpb.ListJobsRequest{Parent: "projects/" + s.Project + "/locations/" + s.Region, PageSize: 1000}, gcp.Once)
		for {
			next, err := it.Next()
			if errors.Is(err, iterator.Done) {
				return nil
			}
			if err != nil {
				return err
			}
			if ofService(next, s.Service) {
				found = append(found, next)
			}
		}
	})
	return found, err
}

// updateJob sends what wanted makes of a job as it is, nil where there is none, and
// waits until that is done. wanted is asked anew when something else changed the job
// meanwhile. Where it gives nil there is nothing to do.
func (c *Client) updateJob(ctx context.Context, s release.Spec, id, doing string, wanted func(observed *runpb.Job) (*runpb.Job, error)) (*runpb.Job, error) {
	pauses := c.access.Backoff(c.endpoint())
	for try := range conflicts {
		observed, err := c.getJob(ctx, jobName(s, id))
		if err != nil {
			return nil, err
		}
		j, err := wanted(observed)
		if err != nil || j == nil {
			return observed, err
		}
		done, err := c.sendJob(ctx, s, id, doing, observed, j)
		switch {
		case err == nil:
			return done, nil
		case ctx.Err() != nil:
			return nil, gcp.Error(context.Cause(ctx), doing)
		case !again(gcp.Code(err), observed != nil) && (!gcp.Expired(err) || try > 0):
			return nil, c.access.Error(err, c.endpoint(), doing)
		}
		if err := poll.Sleep(ctx, c.access.Clock, pauses.Pause(try)); err != nil {
			return nil, gcp.Error(err, doing)
		}
	}
	return nil, errs.New(errs.Transient, "Run again.", "%s: something else keeps changing the job", doing)
}

// sendJob creates the job, or updates it from the state that was observed.
func (c *Client) sendJob(ctx context.Context, s release.Spec, id, doing string, observed, j *runpb.Job) (*runpb.Job, error) {
	r, err := c.jobs.jobs()
	if err != nil {
		return nil, err
	}
	stripOutput(j.ProtoReflect())
	operation, err := func() (string, error) {
		ctx, cancel := c.access.OneCall(ctx)
		defer cancel()
		if observed == nil {
			j.Name = ""
			op, err := r.CreateJob(ctx, &runpb.CreateJobRequest{Parent: "projects/" + s.Project + "/locations/" + s.Region, JobId: id, Job: j}, gcp.Once)
			if err != nil {
				return "", err
			}
			return op.Name(), nil
		}
		j.Name, j.Etag = jobName(s, id), observed.GetEtag()
		op, err := r.UpdateJob(ctx, &runpb.UpdateJobRequest{Job: j}, gcp.Once)
		if err != nil {
			return "", err
		}
		return op.Name(), nil
	}()
	if err != nil {
		return nil, err
	}
	op, err := c.follow(ctx, operation, doing, nil)
	if err != nil {
		return nil, err
	}
	if err := gcp.Failed(op); err != nil {
		return nil, err
	}
	done := &runpb.Job{}
	if err := op.GetResponse().UnmarshalTo(done); err != nil {
		return nil, errs.New(errs.Internal, "", "%s: reading the answer: %w", doing, err)
	}
	return done, nil
}

// deleteJob removes a job with its executions; ok is false where there was none.
func (c *Client) deleteJob(ctx context.Context, full string) (ok bool, err error) {
	doing := "deleting the job " + short(full)
	operation := ""
	err = c.retryJobs(ctx, doing, func(ctx context.Context, r *api.JobsClient) error {
		op, err := r.DeleteJob(ctx, &runpb.DeleteJobRequest{Name: full}, gcp.Once)
		if err == nil {
			operation = op.Name()
		}
		return err
	})
	if gcp.Code(err) == codes.NotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	op, err := c.follow(ctx, operation, doing, nil)
	if err == nil {
		err = c.access.Error(gcp.Failed(op), c.endpoint(), doing)
	}
	return err == nil, err
}
