package run

import (
	"context"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"

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
	return s.create(ctx, l, req.GetServiceId(), proto.CloneOf(req.GetService()), req.GetValidateOnly())
}

// create makes a service; the caller holds s.mu and gives want away.
func (s *Server) create(ctx context.Context, l location, id string, want *runpb.Service, validateOnly bool) (*longrunningpb.Operation, error) {
	copyServerFields(&runpb.Service{}, want)
	if err := validate(id, want); err != nil {
		return nil, err
	}
	want.Name = l.String() + "/services/" + id
	if s.services[want.Name] != nil {
		return nil, status.Errorf(codes.AlreadyExists, "Resource '%s' already exists.", id)
	}
	fillDefaults(l.project, want)
	if err := s.actAs(ctx, l, want); err != nil {
		return nil, err
	}
	svc := &service{srv: s, loc: l, id: id, pb: want, revisions: map[string]*revision{}}
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
