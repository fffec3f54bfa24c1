package cloudbuild

import (
	"context"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// ApproveBuild lets a build go on that waits for an approval, or ends it.
func (s *Server) ApproveBuild(ctx context.Context, req *cloudbuildpb.ApproveBuildRequest) (*longrunningpb.Operation, error) {
	if err := s.Faults.Take(ctx, "ApproveBuild"); err != nil {
		return nil, err
	}
	r, err := s.find(req.GetName(), "", "")
	if req.GetName() == "" {
		err = invalid("a build must be given")
	}
	if err != nil {
		return nil, err
	}
	decision := req.GetApprovalResult().GetDecision()
	if decision != cloudbuildpb.ApprovalResult_APPROVED && decision != cloudbuildpb.ApprovalResult_REJECTED {
		return nil, invalid("approval_result.decision must be APPROVED or REJECTED")
	}
	if !s.unwait(r) {
		return nil, status.Error(codes.FailedPrecondition, "generic::failed_precondition: build is not waiting for an approval")
	}
	result := proto.CloneOf(req.GetApprovalResult())
	result.ApprovalTime, result.ApproverAccount = timestamppb.New(s.cfg.Now()), frame.Caller(ctx)
	state := cloudbuildpb.BuildApproval_APPROVED
	if decision == cloudbuildpb.ApprovalResult_REJECTED {
		state = cloudbuildpb.BuildApproval_REJECTED
	}
	s.update(r, func(b *cloudbuildpb.Build) {
		b.Approval.Result, b.Approval.State = result, state
		if state == cloudbuildpb.BuildApproval_APPROVED {
			b.Status = cloudbuildpb.Build_QUEUED
		}
	})
	if state == cloudbuildpb.BuildApproval_REJECTED {
		s.abandon(r, cloudbuildpb.Build_CANCELLED, "The build was rejected")
	} else if err := s.queueApproved(r); err != nil {
		return nil, err
	}
	return operation(s.snapshot(r))
}

// unwait takes a build from those that wait for an approval.
func (s *Server) unwait(r *record) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	ok := s.waiting[r]
	delete(s.waiting, r)
	return ok
}

// queueApproved queues a build that waited.
func (s *Server) queueApproved(r *record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return status.Error(codes.Unavailable, "the emulator is stopping")
	}
	r.expiry = time.AfterFunc(r.build.GetQueueTtl().AsDuration(), func() { s.expire(r) })
	s.queue = append(s.queue, r)
	s.dispatch()
	return nil
}
