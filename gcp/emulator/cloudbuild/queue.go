package cloudbuild

import (
	"context"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// enqueue stores a build and starts it if there is room.
func (s *Server) enqueue(b *cloudbuildpb.Build, req *cloudbuildpb.CreateBuildRequest) error {
	r := &record{build: b, request: req, done: make(chan struct{})}
	r.ctx, r.cancel = context.WithCancelCause(context.Background())
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return status.Error(codes.Unavailable, "the emulator is stopping")
	}
	if err := s.save(r); err != nil {
		return status.Errorf(codes.Internal, "storing the build: %v", err)
	}
	s.builds[b.Id] = r
	if b.Status == cloudbuildpb.Build_PENDING {
		s.waiting[r] = true
		return nil
	}
	s.queue = append(s.queue, r)
	if s.dispatch(); b.Status == cloudbuildpb.Build_QUEUED && slices.Contains(s.queue, r) {
		r.expiry = time.AfterFunc(b.QueueTtl.AsDuration(), func() { s.expire(r) })
	}
	return nil
}

// dispatch starts queued builds while there is room. The caller holds the lock.
func (s *Server) dispatch() {
	for !s.closing && s.running < s.cfg.Parallel && len(s.queue) > 0 {
		r := s.queue[0]
		s.queue = s.queue[1:]
		if r.expiry != nil {
			r.expiry.Stop()
		}
		s.running++
		s.work.Go(func() {
			clean := s.run(r)
			s.mu.Lock()
			s.running--
			s.dispatch()
			s.mu.Unlock()
			clean()
		})
	}
}

// unqueue takes a build out of the queue, or from those that wait for an approval;
// false if it has left them already.
func (s *Server) unqueue(r *record) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting[r] {
		delete(s.waiting, r)
		return true
	}
	i := slices.Index(s.queue, r)
	if i < 0 {
		return false
	}
	s.queue = slices.Delete(slices.Clone(s.queue), i, i+1)
	return true
}

func (s *Server) expire(r *record) {
	if s.unqueue(r) {
		s.abandon(r, cloudbuildpb.Build_EXPIRED, "Build was queued for longer than its queue_ttl")
	}
}

// abandon ends a build that never started.
func (s *Server) abandon(r *record, state cloudbuildpb.Build_Status, detail string) {
	if r.expiry != nil {
		r.expiry.Stop()
	}
	s.update(r, func(b *cloudbuildpb.Build) {
		b.Status, b.StatusDetail, b.FinishTime = state, detail, timestamppb.New(s.cfg.Now())
		if b.GetApproval().GetState() == cloudbuildpb.BuildApproval_PENDING {
			b.Approval.State = cloudbuildpb.BuildApproval_CANCELLED
		}
	})
	r.cancel(errCancelled)
	close(r.done)
}

// update replaces a build's message by an altered copy, on disk first.
func (s *Server) update(r *record, f func(*cloudbuildpb.Build)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := &record{build: proto.Clone(r.build).(*cloudbuildpb.Build), request: r.request}
	f(next.build)
	if err := s.save(next); err != nil {
		s.cfg.Log.Error("storing a build", "build", r.build.Id, "error", err)
	}
	r.build = next.build
}

// snapshot is a build's message as it is now; it must not be altered.
func (s *Server) snapshot(r *record) *cloudbuildpb.Build {
	s.mu.Lock()
	defer s.mu.Unlock()
	return r.build
}

// find looks a build up by name, or by project and id, or (inspectors) by id
// alone.
func (s *Server) find(name, project, id string) (*record, error) {
	want := ""
	if name != "" || project != "" {
		p, parsed, err := parseBuild(name, project, id)
		if err != nil {
			return nil, err
		}
		want, id = p.build(parsed), parsed
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.builds[id]
	if r == nil || want != "" && r.build.Name != want {
		return nil, status.Error(codes.NotFound, "generic::not_found: Requested entity was not found.")
	}
	return r, nil
}

// newest are all builds, the newest first.
func (s *Server) newest() []*cloudbuildpb.Build {
	s.mu.Lock()
	all := make([]*cloudbuildpb.Build, 0, len(s.builds))
	for _, r := range s.builds {
		all = append(all, r.build)
	}
	s.mu.Unlock()
	slices.SortFunc(all, func(a, b *cloudbuildpb.Build) int {
		if c := b.CreateTime.AsTime().Compare(a.CreateTime.AsTime()); c != 0 {
			return c
		}
		return strings.Compare(a.Id, b.Id)
	})
	return all
}

// Builds are copies of all builds, the newest first.
func (s *Server) Builds() []*cloudbuildpb.Build {
	all := s.newest()
	for i, b := range all {
		all[i] = proto.Clone(b).(*cloudbuildpb.Build)
	}
	return all
}

// Wait gives a build once it is over.
func (s *Server) Wait(ctx context.Context, id string) (*cloudbuildpb.Build, error) {
	r, err := s.find("", "", id)
	if err != nil {
		return nil, err
	}
	select {
	case <-r.done:
		return proto.Clone(s.snapshot(r)).(*cloudbuildpb.Build), nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
