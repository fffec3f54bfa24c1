package schedule

import (
	"context"
	"errors"
	"sync"

	api "cloud.google.com/go/scheduler/apiv1"
	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Client makes the calls, in one project and location. It may be shared.
type Client struct {
	Project, Location string

	access *gcp.Access
	client func() (*api.CloudSchedulerClient, error)
}

// New makes a Client, which connects when it is first used.
func New(a *gcp.Access, project, location string) *Client {
	return &Client{Project: project, Location: location, access: a, client: sync.OnceValues(func() (*api.CloudSchedulerClient, error) {
		opts, err := a.GRPC(a.Endpoint(gcp.CloudScheduler))
		if err != nil {
			return nil, err
		}
		c, err := api.NewCloudSchedulerClient(context.Background(), opts...)
		return c, gcp.Error(err, "connecting to Cloud Scheduler")
	})}
}

func (c *Client) name(schedule string) string {
	return place(c.Project, c.Location) + "/jobs/" + schedule
}

// retry makes a call that may be made twice.
func (c *Client) retry(ctx context.Context, doing string, call func(context.Context, *api.CloudSchedulerClient) error) error {
	s, err := c.client()
	if err != nil {
		return err
	}
	at := c.access.Endpoint(gcp.CloudScheduler)
	return c.access.Retry(ctx, at, doing, c.access.Patience(at), func(ctx context.Context) error { return call(ctx, s) })
}

// Kept is what Keep did.
type Kept string

// What a schedule that was wanted came to.
const (
	Created   Kept = "created"
	Updated   Kept = "updated"
	Unchanged Kept = "nothing_to_do"
)

// Keep makes a schedule, or changes the one of its name to it. One that was not made
// here, or is another service's, is not touched. dry only says what it would do.
func (c *Client) Keep(ctx context.Context, s Spec, dry bool) (Kept, State, []string, error) {
	want, err := Job(c.Project, c.Location, s)
	if err != nil {
		return "", State{}, nil, err
	}
	now, err := c.get(ctx, s.Name)
	none := absent(err)
	switch {
	case none && dry:
		return Created, Of(want), nil, nil
	case none:
		made, err := c.create(ctx, want)
		if gcp.Code(err) != codes.AlreadyExists {
			return Created, Of(made), nil, err
		}
		// Somebody else's in the same moment, or ours by an answer that was lost.
		if now, err = c.get(ctx, s.Name); err != nil {
			return "", State{}, nil, err
		}
	case err != nil:
		return "", State{}, nil, err
	}
	switch is := Of(now); {
	case !is.Ours:
		return "", is, nil, errs.New(errs.Usage, "Choose another name.", "the job %s is there in %s, and is not gcpdeploy's", s.Name, c.Location)
	case is.Service != s.Service:
		return "", is, nil, errs.New(errs.Usage, "Choose another name.", "the schedule %s is there in %s, and is of %s", s.Name, c.Location, is.Service)
	}
	mask := Changes(now, want)
	switch {
	case len(mask) == 0 && none:
		return Created, Of(now), nil, nil
	case len(mask) == 0:
		return Unchanged, Of(now), nil, nil
	case dry:
		return Updated, Of(want), mask, nil
	}
	made, err := c.update(ctx, want, mask)
	return Updated, Of(made), mask, err
}

func (c *Client) create(ctx context.Context, j *schedulerpb.Job) (made *schedulerpb.Job, err error) {
	err = c.retry(ctx, "creating the schedule "+Of(j).Name, func(ctx context.Context, s *api.CloudSchedulerClient) error {
		made, err = s.CreateJob(ctx, &schedulerpb.CreateJobRequest{Parent: place(c.Project, c.Location), Job: j}, gcp.Once)
		return err
	})
	return made, err
}

func (c *Client) update(ctx context.Context, j *schedulerpb.Job, mask []string) (made *schedulerpb.Job, err error) {
	err = c.retry(ctx, "changing the schedule "+Of(j).Name, func(ctx context.Context, s *api.CloudSchedulerClient) error {
		made, err = s.UpdateJob(ctx, &schedulerpb.UpdateJobRequest{Job: j, UpdateMask: &fieldmaskpb.FieldMask{Paths: mask}}, gcp.Once)
		return gcp.Called(err, "schedule.UpdateJob", j.GetName())
	})
	return made, err
}

func (c *Client) get(ctx context.Context, name string) (j *schedulerpb.Job, err error) {
	err = c.retry(ctx, "reading the schedule "+name, func(ctx context.Context, s *api.CloudSchedulerClient) error {
		j, err = s.GetJob(ctx, &schedulerpb.GetJobRequest{Name: c.name(name)}, gcp.Once)
		return err
	})
	return j, err
}

// Get gives a schedule. One that is not there is an error of kind NotFound.
func (c *Client) Get(ctx context.Context, name string) (State, error) {
	j, err := c.get(ctx, name)
	if err != nil {
		return State{}, err
	}
	return Of(j), nil
}

// List gives all jobs of the location, ours and others.
func (c *Client) List(ctx context.Context) (all []State, err error) {
	err = c.retry(ctx, "listing schedules", func(ctx context.Context, s *api.CloudSchedulerClient) error {
		all = nil
		it := s.ListJobs(ctx, &schedulerpb.ListJobsRequest{Parent: place(c.Project, c.Location)}, gcp.Once)
		for {
			j, err := it.Next()
			if errors.Is(err, iterator.Done) {
				return nil
			}
			if err != nil {
				return err
			}
			all = append(all, Of(j))
		}
	})
	return all, err
}

// Delete removes a schedule; builds that it began go on.
func (c *Client) Delete(ctx context.Context, name string) (deleted bool, err error) {
	err = c.retry(ctx, "deleting the schedule "+name, func(ctx context.Context, s *api.CloudSchedulerClient) error {
		return s.DeleteJob(ctx, &schedulerpb.DeleteJobRequest{Name: c.name(name)}, gcp.Once)
	})
	if errs.KindOf(err) == errs.NotFound {
		return false, nil
	}
	return err == nil, err
}

// Pause stops a schedule until it is resumed. One that is paused stays so.
func (c *Client) Pause(ctx context.Context, name string) (State, error) {
	return c.turn(ctx, name, "pausing", func(ctx context.Context, s *api.CloudSchedulerClient) (*schedulerpb.Job, error) {
		return s.PauseJob(ctx, &schedulerpb.PauseJobRequest{Name: c.name(name)}, gcp.Once)
	})
}

// Resume lets a schedule go on. One that was not paused goes on anyway.
func (c *Client) Resume(ctx context.Context, name string) (State, error) {
	return c.turn(ctx, name, "resuming", func(ctx context.Context, s *api.CloudSchedulerClient) (*schedulerpb.Job, error) {
		return s.ResumeJob(ctx, &schedulerpb.ResumeJobRequest{Name: c.name(name)}, gcp.Once)
	})
}

// turn brings a schedule into a state; where it is in it already nothing changes.
func (c *Client) turn(ctx context.Context, name, doing string, call func(context.Context, *api.CloudSchedulerClient) (*schedulerpb.Job, error)) (State, error) {
	var j *schedulerpb.Job
	err := c.retry(ctx, doing+" the schedule "+name, func(ctx context.Context, s *api.CloudSchedulerClient) (err error) {
		j, err = call(ctx, s)
		return err
	})
	if gcp.Code(err) == codes.FailedPrecondition {
		return c.Get(ctx, name)
	}
	if err != nil {
		return State{}, err
	}
	return Of(j), nil
}

// Run has a schedule run now. An answer that was lost may make it two runs, which is
// one that finds nothing to do.
func (c *Client) Run(ctx context.Context, name string) error {
	return c.retry(ctx, "running the schedule "+name, func(ctx context.Context, s *api.CloudSchedulerClient) error {
		_, err := s.RunJob(ctx, &schedulerpb.RunJobRequest{Name: c.name(name)}, gcp.Once)
		return err
	})
}
