package run_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/logging/apiv2/loggingpb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/genproto/googleapis/api/monitoredres"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// cloudRun is a server with one service, whose rollouts end at the second look.
type cloudRun struct {
	runpb.UnimplementedServicesServer
	runpb.UnimplementedRevisionsServer
	longrunningpb.UnimplementedOperationsServer
	loggingpb.UnimplementedLoggingServiceV2Server

	mu       sync.Mutex
	service  *runpb.Service
	calls    []string
	op       *longrunningpb.Operation
	looks    int
	policy   *iampb.Policy
	before   func(call string) error // runs first, under no lock
	broken   string                  // why revisions do not come up
	log      []string                // revisions and what they wrote; nil = it may not be read
	nobodyIs bool                    // the caller may not turn the invoker check off
	noWait   codes.Code              // what WaitOperation answers, if not OK
	fleet    map[string]fleet        // by parent
}

func (s *cloudRun) call(name string) error {
	if s.before != nil {
		if err := s.before(name); err != nil {
			return err
		}
	}
	s.mu.Lock()
	s.calls = append(s.calls, name)
	return nil
}

func (s *cloudRun) GetService(_ context.Context, r *runpb.GetServiceRequest) (*runpb.Service, error) {
	if err := s.call("get"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	if s.service == nil {
		return nil, status.Error(codes.NotFound, "no service "+r.GetName())
	}
	return proto.CloneOf(s.service), nil
}

func (s *cloudRun) CreateService(_ context.Context, r *runpb.CreateServiceRequest) (*longrunningpb.Operation, error) {
	if err := s.call("create"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	if s.service != nil {
		return nil, status.Error(codes.AlreadyExists, "it is there")
	}
	r.GetService().Name = r.GetParent() + "/services/" + r.GetServiceId()
	return s.set(r.GetService())
}

func (s *cloudRun) UpdateService(_ context.Context, r *runpb.UpdateServiceRequest) (*longrunningpb.Operation, error) {
	if err := s.call("update"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	if s.service == nil {
		return nil, status.Error(codes.NotFound, "no such service")
	}
	if r.GetService().GetEtag() != s.service.GetEtag() {
		return nil, status.Error(codes.Aborted, "another etag")
	}
	return s.set(r.GetService())
}

func (s *cloudRun) set(want *runpb.Service) (*longrunningpb.Operation, error) {
	if want.GetInvokerIamDisabled() && s.nobodyIs {
		return nil, status.Error(codes.PermissionDenied, "run.services.setIamPolicy")
	}
	last := s.service
	s.service = apply(last, want)
	if s.broken != "" {
		s.service.LatestReadyRevision = last.GetLatestReadyRevision()
		s.service.TerminalCondition.State = runpb.Condition_CONDITION_FAILED
	}
	s.op = &longrunningpb.Operation{Name: fmt.Sprintf("projects/p/locations/l/operations/%d", s.service.GetGeneration())}
	s.looks = 0
	return proto.CloneOf(s.op), nil
}

// WaitOperation holds nothing back: it is asked again then.
func (s *cloudRun) WaitOperation(ctx context.Context, r *longrunningpb.WaitOperationRequest) (*longrunningpb.Operation, error) {
	if t := r.GetTimeout().AsDuration(); t <= 0 || t >= 3*time.Second {
		return nil, status.Errorf(codes.InvalidArgument, "a timeout of %v: a call may take 3 s here", t)
	}
	if s.noWait != codes.OK {
		return nil, status.Error(s.noWait, "not this way")
	}
	return s.GetOperation(ctx, &longrunningpb.GetOperationRequest{Name: r.GetName()})
}

func (s *cloudRun) GetOperation(_ context.Context, r *longrunningpb.GetOperationRequest) (*longrunningpb.Operation, error) {
	if err := s.call("operation"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	if r.GetName() != s.op.GetName() {
		return nil, status.Error(codes.NotFound, "no such operation")
	}
	op := proto.CloneOf(s.op)
	if s.looks++; s.looks < 2 {
		var err error
		op.Metadata, err = anypb.New(&runpb.Service{Conditions: []*runpb.Condition{
			{Type: "RoutesReady", State: runpb.Condition_CONDITION_RECONCILING, Message: "starting"}}})
		return op, err
	}
	op.Done = true
	if s.broken != "" {
		op.Result = &longrunningpb.Operation_Error{Error: status.New(codes.FailedPrecondition, "Revision is not ready").Proto()}
		return op, nil
	}
	answer, err := anypb.New(s.service)
	op.Result = &longrunningpb.Operation_Response{Response: answer}
	return op, err
}

func (s *cloudRun) GetRevision(_ context.Context, r *runpb.GetRevisionRequest) (*runpb.Revision, error) {
	return &runpb.Revision{Name: r.GetName(), Conditions: []*runpb.Condition{
		{Type: "Ready", State: runpb.Condition_CONDITION_FAILED, Message: s.broken}}}, nil
}

func (s *cloudRun) ListLogEntries(_ context.Context, req *loggingpb.ListLogEntriesRequest) (*loggingpb.ListLogEntriesResponse, error) {
	if s.log == nil {
		return nil, status.Error(codes.PermissionDenied, "no")
	}
	r := &loggingpb.ListLogEntriesResponse{}
	for _, line := range slices.Backward(s.log) { // the newest first
		revision, text, _ := strings.Cut(line, " ")
		if !strings.Contains(req.GetFilter(), fmt.Sprintf(`revision_name=%q`, revision)) {
			continue
		}
		r.Entries = append(r.Entries, &loggingpb.LogEntry{
			Resource: &monitoredres.MonitoredResource{Labels: map[string]string{"revision_name": revision}}, Payload: &loggingpb.LogEntry_TextPayload{TextPayload: text},
		})
	}
	return r, nil
}

func (s *cloudRun) GetIamPolicy(context.Context, *iampb.GetIamPolicyRequest) (*iampb.Policy, error) {
	if err := s.call("getIam"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	return proto.CloneOf(s.policy), nil
}

func (s *cloudRun) SetIamPolicy(_ context.Context, r *iampb.SetIamPolicyRequest) (*iampb.Policy, error) {
	if err := s.call("setIam"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	s.policy = r.GetPolicy()
	return s.policy, nil
}

func (s *cloudRun) DeleteService(context.Context, *runpb.DeleteServiceRequest) (*longrunningpb.Operation, error) {
	if err := s.call("delete"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	if s.service == nil {
		return nil, status.Error(codes.NotFound, "no such service")
	}
	s.op, s.looks = &longrunningpb.Operation{Name: "operations/delete"}, 0
	return s.op, nil
}

func connect(t *testing.T, s *cloudRun) *run.Client {
	t.Helper()
	return run.New(access(t, s))
}

func access(t *testing.T, s *cloudRun, tune ...func(*gcp.Config)) *gcp.Access {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if s.policy == nil {
		s.policy = &iampb.Policy{}
	}
	g := grpc.NewServer()
	runpb.RegisterServicesServer(g, s)
	runpb.RegisterRevisionsServer(g, s)
	longrunningpb.RegisterOperationsServer(g, s)
	loggingpb.RegisterLoggingServiceV2Server(g, s)
	go func() { _ = g.Serve(l) }()
	t.Cleanup(g.Stop)
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("t"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := gcp.Config{
		Endpoints: gcp.Endpoints{Base: "http://" + l.Addr().String() + "/"}, TokenFile: file,
		Clock: poll.NewJumping(noon),
	}
	for _, f := range tune {
		f(&c)
	}
	a := gcp.New(c)
	t.Cleanup(func() { _ = a.Close() })
	return a
}
