package run

import (
	"cmp"
	"context"
	"os"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// GetRevision implements the API.
func (s *Server) GetRevision(ctx context.Context, req *runpb.GetRevisionRequest) (*runpb.Revision, error) {
	if err := s.Faults.Take(ctx, "GetRevision"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.findRevision(req.GetName())
	if err != nil {
		return nil, err
	}
	return proto.CloneOf(r.pb), nil
}

func (s *Server) findRevision(name string) (*revision, error) {
	parent, id, err := parseRevision(name)
	if err != nil {
		return nil, err
	}
	if svc := s.services[parent]; svc != nil && svc.revisions[id] != nil {
		return svc.revisions[id], nil
	}
	return nil, notFound(name)
}

// ListRevisions implements the API; the service "-" means all of a location.
func (s *Server) ListRevisions(ctx context.Context, req *runpb.ListRevisionsRequest) (*runpb.ListRevisionsResponse, error) {
	if err := s.Faults.Take(ctx, "ListRevisions"); err != nil {
		return nil, err
	}
	parent, all := strings.CutSuffix(req.GetParent(), "/services/-")
	s.mu.Lock()
	defer s.mu.Unlock()
	var services []*service
	if all {
		l, err := parseLocation(parent)
		if err != nil {
			return nil, err
		}
		for _, svc := range s.services {
			if svc.loc == l {
				services = append(services, svc)
			}
		}
	} else {
		svc, err := s.find(parent)
		if err != nil {
			return nil, err
		}
		services = append(services, svc)
	}
	var list []*revision
	for _, svc := range services {
		for _, r := range svc.revisions {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(a, b *revision) int {
		return cmp.Or(-a.pb.GetCreateTime().AsTime().Compare(b.pb.GetCreateTime().AsTime()), cmp.Compare(b.seq, a.seq), cmp.Compare(a.pb.GetName(), b.pb.GetName()))
	})
	page, next, err := paginate(list, req.GetPageSize(), req.GetPageToken())
	if err != nil {
		return nil, err
	}
	res := &runpb.ListRevisionsResponse{NextPageToken: next}
	for _, r := range page {
		res.Revisions = append(res.Revisions, proto.CloneOf(r.pb))
	}
	return res, nil
}

// DeleteRevision implements the API: only a revision that nothing points to
// can go.
func (s *Server) DeleteRevision(ctx context.Context, req *runpb.DeleteRevisionRequest) (*longrunningpb.Operation, error) {
	if err := s.Faults.Take(ctx, "DeleteRevision"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.findRevision(req.GetName())
	if err != nil {
		return nil, err
	}
	if req.GetEtag() != "" && req.GetEtag() != r.pb.GetEtag() {
		return nil, status.Errorf(codes.Aborted, "Conflict for resource '%s': stale etag.", r.id())
	}
	svc := r.svc
	wanted, _ := svc.resolve(svc.latestReady())
	if wanted.used[r] || svc.route.Load().used[r] || r.pins > 0 || svc.pb.GetLatestCreatedRevision() == r.pb.GetName() || svc.latestReady() == r {
		return nil, status.Errorf(codes.FailedPrecondition, "Revision '%s' is the latest one, or has traffic or a tag, and can not be deleted.", r.id())
	}
	gone := proto.CloneOf(r.pb)
	gone.DeleteTime = timestamppb.New(s.cfg.Now())
	o := newOperation(svc.loc, svc.pb.GetName(), 0, gone)
	o.finish(gone, nil)
	if !req.GetValidateOnly() {
		delete(svc.revisions, r.id())
		if err := os.Remove(s.revisionPath(r)); err != nil {
			return nil, status.Errorf(codes.Internal, "deleting %s: %v", req.GetName(), err)
		}
		s.logOf(svc, r.id()).Remove()
		s.keep(o)
		go r.inst.Retire(10 * time.Second)
	}
	return o.pb, nil
}
