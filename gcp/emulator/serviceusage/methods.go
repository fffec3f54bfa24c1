package serviceusage

import (
	"context"
	"crypto/rand"
	"maps"
	"slices"
	"strings"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/serviceusage/apiv1/serviceusagepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// Limits of what may be asked for at once. Source: the proto's comments.
const (
	maxPage   = 200
	maxEnable = 20
	maxGet    = 30
)

// message is a service; the caller holds the lock.
func (s *Server) message(number, api string) *serviceusagepb.Service {
	state := serviceusagepb.State_DISABLED
	if s.enabled(number, api) {
		state = serviceusagepb.State_ENABLED
	}
	return &serviceusagepb.Service{Name: "projects/" + number + "/services/" + api, Parent: "projects/" + number, State: state,
		Config: &serviceusagepb.ServiceConfig{Name: api, Title: catalogue[api].title}}
}

// GetService implements the API.
func (s *Server) GetService(ctx context.Context, req *serviceusagepb.GetServiceRequest) (*serviceusagepb.Service, error) {
	if err := s.Faults.Take(ctx, "GetService"); err != nil {
		return nil, err
	}
	number, api, err := parse(req.GetName())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.message(number, api), nil
}

// BatchGetServices implements the API.
func (s *Server) BatchGetServices(ctx context.Context, req *serviceusagepb.BatchGetServicesRequest) (*serviceusagepb.BatchGetServicesResponse, error) {
	if err := s.Faults.Take(ctx, "BatchGetServices"); err != nil {
		return nil, err
	}
	if len(req.GetNames()) > maxGet {
		return nil, status.Errorf(codes.InvalidArgument, "Too many names: at most %d are allowed.", maxGet)
	}
	out := &serviceusagepb.BatchGetServicesResponse{}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range req.GetNames() {
		number, api, err := parse(name)
		if err != nil {
			return nil, err
		}
		out.Services = append(out.Services, s.message(number, api))
	}
	return out, nil
}

// ListServices implements the API, with its two filters.
func (s *Server) ListServices(ctx context.Context, req *serviceusagepb.ListServicesRequest) (*serviceusagepb.ListServicesResponse, error) {
	if err := s.Faults.Take(ctx, "ListServices"); err != nil {
		return nil, err
	}
	number, err := parseParent(req.GetParent())
	if err != nil {
		return nil, err
	}
	filter := strings.ReplaceAll(req.GetFilter(), " ", "")
	want, ok := map[string]serviceusagepb.State{"": 0, "state:ENABLED": serviceusagepb.State_ENABLED, "state:DISABLED": serviceusagepb.State_DISABLED}[filter]
	if !ok {
		return nil, status.Errorf(codes.InvalidArgument, "Invalid filter %.200q: it must be state:ENABLED or state:DISABLED.", req.GetFilter())
	}
	if size := req.GetPageSize(); size < 0 || size > maxPage {
		return nil, status.Errorf(codes.InvalidArgument, "Page size must be between 0 and %d.", maxPage)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*serviceusagepb.Service
	for _, api := range slices.Sorted(maps.Keys(catalogue)) {
		if m := s.message(number, api); want == 0 || m.GetState() == want {
			all = append(all, m)
		}
	}
	page, next, err := frame.Page(all, req.GetPageSize(), req.GetPageToken(), 50, maxPage)
	return &serviceusagepb.ListServicesResponse{Services: page, NextPageToken: next}, err
}

// EnableService implements the API.
func (s *Server) EnableService(ctx context.Context, req *serviceusagepb.EnableServiceRequest) (*longrunningpb.Operation, error) {
	if err := s.Faults.Take(ctx, "EnableService"); err != nil {
		return nil, err
	}
	number, api, err := parse(req.GetName())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	changed, err := s.set(number, api, true)
	if err != nil {
		return nil, err
	}
	return s.done(number, changed, &serviceusagepb.EnableServiceResponse{Service: s.message(number, api)})
}

// DisableService implements the API.
func (s *Server) DisableService(ctx context.Context, req *serviceusagepb.DisableServiceRequest) (*longrunningpb.Operation, error) {
	if err := s.Faults.Take(ctx, "DisableService"); err != nil {
		return nil, err
	}
	number, api, err := parse(req.GetName())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.enabled(number, api) {
		return nil, status.Errorf(codes.FailedPrecondition, "Service %s is not enabled for consumer projects/%s.", api, number)
	}
	changed, err := s.set(number, api, false)
	if err != nil {
		return nil, err
	}
	return s.done(number, changed, &serviceusagepb.DisableServiceResponse{Service: s.message(number, api)})
}

// BatchEnableServices implements the API: all are enabled, or none.
func (s *Server) BatchEnableServices(ctx context.Context, req *serviceusagepb.BatchEnableServicesRequest) (*longrunningpb.Operation, error) {
	if err := s.Faults.Take(ctx, "BatchEnableServices"); err != nil {
		return nil, err
	}
	number, err := parseParent(req.GetParent())
	if err != nil {
		return nil, err
	}
	if n := len(req.GetServiceIds()); n == 0 || n > maxEnable {
		return nil, status.Errorf(codes.InvalidArgument, "Between 1 and %d services must be given, not %d.", maxEnable, n)
	}
	if err := known(req.GetServiceIds()...); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out, any := &serviceusagepb.BatchEnableServicesResponse{}, false
	for _, api := range req.GetServiceIds() {
		changed, err := s.set(number, api, true)
		if err != nil {
			return nil, err
		}
		any = any || changed
		out.Services = append(out.Services, s.message(number, api))
	}
	return s.done(number, any, out)
}

// done is an operation that has ended; one that did nothing has Google's name of
// those. The caller holds the lock.
func (s *Server) done(number string, changed bool, response proto.Message) (*longrunningpb.Operation, error) {
	packed, err := anypb.New(response)
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	op := &longrunningpb.Operation{Name: "operations/noop.DONE_OPERATION", Done: true, Result: &longrunningpb.Operation_Response{Response: packed}}
	if changed {
		op.Name = "operations/acat.p2-" + number + "-" + strings.ToLower(rand.Text())
		s.ops[op.Name] = op
	}
	return op, nil
}

// Operation is an operation of this service by its name.
func (s *Server) Operation(_ context.Context, name string) (*longrunningpb.Operation, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	op, ok := s.ops[name]
	return op, ok
}
