package run

import (
	"context"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// UpdateService implements the API.
func (s *Server) UpdateService(ctx context.Context, req *runpb.UpdateServiceRequest) (*longrunningpb.Operation, error) {
	if err := s.Faults.Take(ctx, "UpdateService"); err != nil {
		return nil, err
	}
	request := req.GetService()
	l, id, err := parseService(request.GetName())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	svc := s.services[request.GetName()]
	if svc == nil {
		if !req.GetAllowMissing() {
			return nil, notFound(request.GetName())
		}
		if err := s.allow(ctx, l, "run.services.create", l.String()); err != nil {
			return nil, err
		}
		return s.create(ctx, l, id, proto.CloneOf(request), req.GetValidateOnly())
	}
	if err := svc.checkEtag(request.GetEtag()); err != nil {
		return nil, err
	}
	want, err := merge(svc.pb, proto.CloneOf(request), req.GetUpdateMask())
	if err != nil {
		return nil, err
	}
	if err := validate(id, want); err != nil {
		return nil, err
	}
	fillDefaults(l.project, want)
	if err := svc.knownRevisions(want); err != nil {
		return nil, err
	}
	changed := !proto.Equal(want.Template, svc.pb.Template)
	if changed {
		if err := s.actAs(ctx, l, want); err != nil {
			return nil, err
		}
	}
	reuse := ""
	if r := svc.revisions[want.Template.GetRevision()]; r != nil && changed {
		if !proto.Equal(r.template, want.Template) {
			return nil, status.Errorf(codes.AlreadyExists, "Revision named '%s' with different configuration already exists.", r.id())
		}
		reuse = r.id()
	}
	if req.GetValidateOnly() {
		return validated(l, want), nil
	}
	svc.pb = want
	return s.deploy(svc, changed, reuse), nil
}

func (svc *service) checkEtag(etag string) error {
	if etag != "" && etag != svc.pb.GetEtag() {
		return status.Errorf(codes.Aborted, "Conflict for resource '%s': etag %s was specified but the current one is %s.", svc.id, etag, svc.pb.GetEtag())
	}
	return nil
}

// deploy starts the rollout of what svc.pb now wants; the caller holds s.mu.
func (s *Server) deploy(svc *service, newRevision bool, reuse string) *longrunningpb.Operation {
	pb, now := svc.pb, timestamppb.New(s.cfg.Now())
	pb.Generation++
	pb.UpdateTime, pb.LastModifier, pb.Reconciling = now, creator, true
	pb.TerminalCondition = condition("Ready", runpb.Condition_CONDITION_RECONCILING, now)
	pb.Conditions = []*runpb.Condition{
		condition("RoutesReady", runpb.Condition_CONDITION_RECONCILING, now),
		condition("ConfigurationsReady", runpb.Condition_CONDITION_RECONCILING, now),
	}
	svc.setURLs()
	if newRevision {
		r := svc.revisions[reuse]
		if r == nil {
			r = svc.newRevision(now)
		}
		r.seq = pb.Generation
		pb.LatestCreatedRevision = r.pb.GetName()
		s.saveRevision(r)
	}
	svc.touch()
	s.save(svc)
	o := newOperation(svc.loc, pb.GetName(), pb.GetGeneration(), proto.CloneOf(pb))
	s.keep(o)
	answer := proto.CloneOf(o.pb)
	s.host.Go(func() { s.rollout(o, svc) })
	return answer
}
