package run

import (
	"context"
	"errors"
	"os"
	"time"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/container"
)

// DeleteService implements the API: the service stops serving at once, its
// containers end in the background.
func (s *Server) DeleteService(ctx context.Context, req *runpb.DeleteServiceRequest) (*longrunningpb.Operation, error) {
	if err := s.Faults.Take(ctx, "DeleteService"); err != nil {
		return nil, err
	}
	if _, _, err := parseService(req.GetName()); err != nil {
		return nil, err
	}
	s.mu.Lock()
	svc := s.services[req.GetName()]
	if svc == nil {
		s.mu.Unlock()
		return nil, notFound(req.GetName())
	}
	if err := svc.checkEtag(req.GetEtag()); err != nil {
		s.mu.Unlock()
		return nil, err
	}
	svc.pb.DeleteTime = timestamppb.New(s.cfg.Now())
	o := newOperation(svc.loc, req.GetName(), 0, svc.pb)
	if req.GetValidateOnly() {
		svc.pb.DeleteTime = nil
	}
	o.finish(svc.pb, nil)
	if req.GetValidateOnly() {
		s.mu.Unlock()
		return o.pb, nil
	}
	svc.deleted = true
	delete(s.services, req.GetName())
	svc.stopListening()
	svc.route.Store(&route{})
	var instances []*container.Instance
	for _, r := range svc.revisions {
		instances = append(instances, r.inst)
	}
	err := errors.Join(os.RemoveAll(s.serviceDir(svc)), s.cfg.Policies.Forget(req.GetName()))
	s.keep(o)
	s.mu.Unlock()
	for _, in := range instances {
		in.Retire(10 * time.Second)
	}
	if err != nil {
		return nil, status.Errorf(codes.Internal, "deleting %s: %v", req.GetName(), err)
	}
	return o.pb, nil
}
