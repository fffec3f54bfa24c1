package scheduler

import (
	"cmp"
	"context"
	"crypto/rand"
	"slices"

	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// CreateJob implements the API.
func (s *Server) CreateJob(ctx context.Context, r *schedulerpb.CreateJobRequest) (*schedulerpb.Job, error) {
	return s.create(ctx, r, false)
}

// create keeps a new job; those of a cron.yaml are legacy.
func (s *Server) create(ctx context.Context, r *schedulerpb.CreateJobRequest, legacy bool) (*schedulerpb.Job, error) {
	if err := s.Faults.Take(ctx, "CreateJob"); err != nil {
		return nil, err
	}
	if err := checkPlace(r.GetParent()); err != nil {
		return nil, err
	}
	m := asked(r.GetJob())
	if m.Name == "" {
		m.Name = r.GetParent() + "/jobs/" + rand.Text()
	}
	if err := checkName(m.Name); err != nil {
		return nil, err
	}
	if placeOf(m.Name) != r.GetParent() {
		return nil, invalid("The job's name %.200q is not one in the parent %s.", m.Name, r.GetParent())
	}
	m.State = schedulerpb.Job_ENABLED
	j, err := s.admit(ctx, m, legacy)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.jobs[m.Name] != nil {
		return nil, status.Errorf(codes.AlreadyExists, "Job %s already exists.", m.Name)
	}
	if err := s.put(j); err != nil {
		return nil, err
	}
	return j.shown(), s.Faults.Take(ctx, "CreateJob.reply")
}

// asked is what a caller decides of a job: a copy without what is output only.
func asked(m *schedulerpb.Job) *schedulerpb.Job {
	m = proto.CloneOf(m)
	if m == nil {
		m = &schedulerpb.Job{}
	}
	m.UserUpdateTime, m.State, m.Status, m.ScheduleTime, m.LastAttemptTime = nil, 0, nil, nil, nil
	return m
}

// admit makes a job of a message, or refuses it.
func (s *Server) admit(ctx context.Context, m *schedulerpb.Job, legacy bool) (*job, error) {
	if err := s.complete(m, legacy); err != nil {
		return nil, err
	}
	if err := s.actAs(ctx, m); err != nil {
		return nil, err
	}
	c, err := parse(m.GetSchedule(), m.GetTimeZone())
	return &job{id: rand.Text(), message: m, legacy: legacy, cron: c}, err
}

// put keeps a job that is new, or has changed: its schedule begins now. The caller
// holds the lock.
func (s *Server) put(j *job) error {
	j.message.UserUpdateTime = timestamppb.New(s.cfg.Now())
	j.next(s.cfg.Now())
	if err := s.save(j, j.message); err != nil {
		return err
	}
	s.jobs[j.message.GetName()] = j
	s.changed()
	return nil
}

// GetJob implements the API.
func (s *Server) GetJob(ctx context.Context, r *schedulerpb.GetJobRequest) (*schedulerpb.Job, error) {
	return s.with(ctx, "GetJob", r.GetName(), func(*job) error { return nil })
}

// with does something with a job, and gives it.
func (s *Server) with(ctx context.Context, method, name string, do func(*job) error) (*schedulerpb.Job, error) {
	if err := s.Faults.Take(ctx, method); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	j, err := s.find(name)
	if err != nil {
		return nil, err
	}
	if err := do(j); err != nil {
		return nil, err
	}
	return j.shown(), nil
}

// ListJobs implements the API.
func (s *Server) ListJobs(ctx context.Context, r *schedulerpb.ListJobsRequest) (*schedulerpb.ListJobsResponse, error) {
	return s.list(ctx, r, false)
}

// list gives those that are legacy, or those that are not.
func (s *Server) list(ctx context.Context, r *schedulerpb.ListJobsRequest, legacy bool) (*schedulerpb.ListJobsResponse, error) {
	if err := s.Faults.Take(ctx, "ListJobs"); err != nil {
		return nil, err
	}
	if err := checkPlace(r.GetParent()); err != nil {
		return nil, err
	}
	var all []*schedulerpb.Job
	s.mu.Lock()
	for name, j := range s.jobs {
		if placeOf(name) == r.GetParent() && j.legacy == legacy {
			all = append(all, j.shown())
		}
	}
	s.mu.Unlock()
	slices.SortFunc(all, func(a, b *schedulerpb.Job) int { return cmp.Compare(a.GetName(), b.GetName()) })
	page, next, err := frame.Page(all, r.GetPageSize(), r.GetPageToken(), 500, 500)
	return &schedulerpb.ListJobsResponse{Jobs: page, NextPageToken: next}, err
}

// DeleteJob implements the API. An attempt that is under way goes on.
func (s *Server) DeleteJob(ctx context.Context, r *schedulerpb.DeleteJobRequest) (*emptypb.Empty, error) {
	_, err := s.with(ctx, "DeleteJob", r.GetName(), func(*job) error { return s.remove(r.GetName()) })
	return &emptypb.Empty{}, err
}

// PauseJob implements the API.
func (s *Server) PauseJob(ctx context.Context, r *schedulerpb.PauseJobRequest) (*schedulerpb.Job, error) {
	return s.turn(ctx, "PauseJob", r.GetName(), schedulerpb.Job_ENABLED, schedulerpb.Job_PAUSED)
}

// ResumeJob implements the API.
func (s *Server) ResumeJob(ctx context.Context, r *schedulerpb.ResumeJobRequest) (*schedulerpb.Job, error) {
	return s.turn(ctx, "ResumeJob", r.GetName(), schedulerpb.Job_PAUSED, schedulerpb.Job_ENABLED)
}

// turn brings a job from one state to another.
func (s *Server) turn(ctx context.Context, method, name string, from, to schedulerpb.Job_State) (*schedulerpb.Job, error) {
	return s.with(ctx, method, name, func(j *job) error {
		if j.message.GetState() != from {
			return status.Errorf(codes.FailedPrecondition, "Job must be in state %s to do this, and is %s.", from, j.message.GetState())
		}
		m := j.shown()
		m.State = to
		if err := s.save(j, m); err != nil {
			return err
		}
		j.message = m
		if !j.running {
			j.next(s.cfg.Now())
		}
		s.changed()
		return nil
	})
}
