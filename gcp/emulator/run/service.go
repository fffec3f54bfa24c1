package run

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

var _ runpb.ServicesServer = (*Server)(nil)

// service is one service; Server.mu guards it, but for route and the listener.
type service struct {
	srv       *Server
	loc       location
	id        string
	pb        *runpb.Service
	policy    *iampb.Policy
	version   int64 // grows with every change; makes the etag
	port      int   // its own, on 127.0.0.1
	revisions map[string]*revision
	deleted   bool

	switching sync.Mutex // held while traffic moves
	route     atomic.Pointer[route]
	turn      atomic.Uint64
	http      *http.Server
}

// touch gives a service a new etag after a change.
func (svc *service) touch() {
	svc.version++
	svc.pb.Etag = fmt.Sprintf("%q", base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%s/%d", svc.pb.GetUid(), svc.version)))
}

// uri is the service's own address, the same for its whole life.
func (svc *service) uri() string {
	return "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(svc.port))
}

// tagURI is the address of one tag.
func (svc *service) tagURI(tag string) string {
	return "http://" + tag + "---" + svc.id + ".localhost:" + strconv.Itoa(svc.port)
}

// setURLs fills what depends on the addresses.
func (svc *service) setURLs() {
	svc.pb.Uri, svc.pb.Urls = svc.uri(), []string{svc.uri()}
	if _, port, err := net.SplitHostPort(svc.srv.cfg.Addr); err == nil {
		svc.pb.Urls = append(svc.pb.Urls, "http://"+svc.id+".localhost:"+port)
	}
}

// CreateService implements the API.
func (s *Server) CreateService(ctx context.Context, req *runpb.CreateServiceRequest) (*longrunningpb.Operation, error) {
	if err := s.Faults.Take(ctx, "CreateService"); err != nil {
		return nil, err
	}
	l, err := parseLocation(req.GetParent())
	if err != nil {
		return nil, err
	}
	if req.GetService() == nil {
		return nil, invalid("service", "is required")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.create(l, req.GetServiceId(), proto.CloneOf(req.GetService()), req.GetValidateOnly())
}

// create makes a service; the caller holds s.mu and gives want away.
func (s *Server) create(l location, id string, want *runpb.Service, validateOnly bool) (*longrunningpb.Operation, error) {
	copyServerFields(&runpb.Service{}, want)
	if err := validate(id, want); err != nil {
		return nil, err
	}
	want.Name = l.String() + "/services/" + id
	if s.services[want.Name] != nil {
		return nil, status.Errorf(codes.AlreadyExists, "Resource '%s' already exists.", id)
	}
	fillDefaults(l.project, want)
	svc := &service{srv: s, loc: l, id: id, pb: want, policy: &iampb.Policy{}, revisions: map[string]*revision{}}
	if err := svc.knownRevisions(want); err != nil {
		return nil, err
	}
	now := timestamppb.New(s.cfg.Now())
	want.Uid, want.CreateTime, want.Creator = uuid(), now, creator
	if validateOnly {
		return validated(l, want), nil
	}
	svc.route.Store(&route{})
	if err := svc.listen(); err != nil {
		return nil, status.Errorf(codes.Internal, "listening for %s: %v", want.Name, err)
	}
	s.services[want.Name] = svc
	return s.deploy(svc, true, ""), nil
}

// creator is who makes everything here.
const creator = "local@gcpdeploy.invalid"

// validated is the answer to validate_only.
func validated(l location, want *runpb.Service) *longrunningpb.Operation {
	o := newOperation(l, want.GetName(), 0, want)
	o.finish(want, nil)
	return o.pb
}

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
		return s.create(l, id, proto.CloneOf(request), req.GetValidateOnly())
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
	s.spawn(func() { s.rollout(o, svc) })
	return answer
}

// GetService implements the API.
func (s *Server) GetService(ctx context.Context, req *runpb.GetServiceRequest) (*runpb.Service, error) {
	if err := s.Faults.Take(ctx, "GetService"); err != nil {
		return nil, err
	}
	if _, _, err := parseService(req.GetName()); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	svc := s.services[req.GetName()]
	if svc == nil {
		return nil, notFound(req.GetName())
	}
	return proto.CloneOf(svc.pb), nil
}

// ListServices implements the API.
func (s *Server) ListServices(ctx context.Context, req *runpb.ListServicesRequest) (*runpb.ListServicesResponse, error) {
	if err := s.Faults.Take(ctx, "ListServices"); err != nil {
		return nil, err
	}
	l, err := parseLocation(req.GetParent())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*runpb.Service
	for _, svc := range s.services {
		if svc.loc == l {
			all = append(all, svc.pb)
		}
	}
	slices.SortFunc(all, func(a, b *runpb.Service) int {
		return cmp.Or(-a.GetCreateTime().AsTime().Compare(b.GetCreateTime().AsTime()), cmp.Compare(a.GetName(), b.GetName()))
	})
	page, next, err := paginate(all, req.GetPageSize(), req.GetPageToken())
	if err != nil {
		return nil, err
	}
	return proto.CloneOf(&runpb.ListServicesResponse{Services: page, NextPageToken: next}), nil
}

// paginate cuts one page; a token is the number of the next item.
func paginate[T any](all []T, size int32, token string) ([]T, string, error) {
	from := 0
	if token != "" {
		var err error
		if from, err = strconv.Atoi(token); err != nil || from < 0 {
			return nil, "", invalid("page_token", "%q is not valid", token)
		}
	}
	if size < 0 {
		return nil, "", invalid("page_size", "must not be negative")
	}
	if size == 0 || size > 1000 {
		size = 1000
	}
	from = min(from, len(all))
	to := min(from+int(size), len(all))
	if to == len(all) {
		return all[from:], "", nil
	}
	return all[from:to], strconv.Itoa(to), nil
}
