package scheduler

import (
	"context"
	"time"

	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// watch begins what is due, until ctx ends.
func (s *Server) watch(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.begin(ctx):
		case <-s.wake:
		}
	}
}

// begin begins what is due, and tells when the next is.
func (s *Server) begin(ctx context.Context) <-chan time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.cfg.Now()
	var next time.Time
	for _, j := range s.jobs {
		switch {
		case j.running || j.message.GetState() != schedulerpb.Job_ENABLED:
		case j.due().After(now):
			if next.IsZero() || j.due().Before(next) {
				next = j.due()
			}
		default:
			if j.began.IsZero() {
				j.began = now
			}
			j.tries++
			j.running = true
			s.start(ctx, j, j.tick, s.ended)
		}
	}
	if next.IsZero() {
		return nil
	}
	return s.cfg.At(next)
}

// RunJob has a job run now, whatever its state and though it may be running.
func (s *Server) RunJob(ctx context.Context, r *schedulerpb.RunJobRequest) (*schedulerpb.Job, error) {
	return s.with(ctx, "RunJob", r.GetName(), func(j *job) error {
		s.start(s.background, j, s.cfg.Now(), func(*job, bool) {})
		return nil
	})
}

// start makes an attempt, without waiting for it. The caller holds the lock.
func (s *Server) start(ctx context.Context, j *job, tick time.Time, ended func(j *job, ok bool)) {
	if s.stopped {
		return
	}
	m := j.message
	m.LastAttemptTime = timestamppb.New(s.cfg.Now())
	id, asked, legacy := j.id, j.shown(), j.legacy
	s.busy.Go(func() {
		result := s.attempt(ctx, asked, legacy, tick)
		if ctx.Err() != nil {
			return // the emulators end; what they began is not the job's to be blamed for
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if now := s.jobs[asked.GetName()]; now != nil && now.id == id {
			now.message.Status = result
			ended(now, result.GetCode() == 0)
			if err := s.save(now, now.message); err != nil {
				s.cfg.Log.Warn(err.Error())
			}
		}
	})
}

// ended decides when a job is next, after an attempt by its schedule. The caller
// holds the lock.
func (s *Server) ended(j *job, ok bool) {
	now := s.cfg.Now()
	j.running = false
	defer s.changed()
	if j.tick.After(now) { // it was changed meanwhile, and has begun anew
		return
	}
	next := j.cron.Next(j.tick)
	if !ok && again(j, now) {
		if at := now.Add(backoff(j.message.GetRetryConfig(), j.tries-1)); at.Before(next) {
			j.message.ScheduleTime = timestamppb.New(at)
			return
		}
	}
	if !next.After(now) { // it took so long: one of those that are late is begun at once
		j.tick, j.began, j.tries = next, time.Time{}, 0
		j.message.ScheduleTime = timestamppb.New(now)
		for ; !next.After(now); next = j.cron.Next(next) {
			j.tick = next
		}
		return
	}
	j.next(now)
}
