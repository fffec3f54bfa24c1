package run_test

import (
	"context"
	"errors"
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
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/run/apiv2/runpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// cloudRun is a server with one service, whose rollouts end at the second look.
type cloudRun struct {
	runpb.UnimplementedServicesServer
	runpb.UnimplementedRevisionsServer
	longrunningpb.UnimplementedOperationsServer

	mu       sync.Mutex
	service  *runpb.Service
	calls    []string
	op       *longrunningpb.Operation
	looks    int
	policy   *iampb.Policy
	before   func(call string) error // runs first, under no lock
	broken   string                  // why revisions do not come up
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

func access(t *testing.T, s *cloudRun) *gcp.Access {
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
	go func() { _ = g.Serve(l) }()
	t.Cleanup(g.Stop)
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("t"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := gcp.New(gcp.Config{
		Endpoints: gcp.Endpoints{Base: "http://" + l.Addr().String() + "/"}, TokenFile: file,
		Clock: poll.NewJumping(noon),
	})
	t.Cleanup(func() { _ = a.Close() })
	return a
}

func TestDeploy(t *testing.T) {
	t.Parallel()
	s := &cloudRun{}
	c := connect(t, s)
	var said []string
	got, err := c.Deploy(t.Context(), desired(), func(m string) { said = append(said, m) })
	if err != nil {
		t.Fatal(err)
	}
	want := release.Released{Revision: "r1", URL: "https://hello", Image: image, Percent: 100}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"get", "create", "operation", "operation"}, s.calls); diff != "" {
		t.Errorf("calls, -want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"starting"}, said); diff != "" {
		t.Errorf("progress, -want +got:\n%s", diff)
	}
	d := desired()
	d.Run.ID, d.Env = "run-2", map[string]string{"A": "1"}
	d.Run.Started = noon.Add(time.Minute)
	if got, err = c.Deploy(t.Context(), d, nil); err != nil || got.Revision != "r2" {
		t.Errorf("second: %+v, %v", got, err)
	}
	if ok, err := c.Delete(t.Context(), "p", "europe-west1", "hello"); !ok || err != nil {
		t.Errorf("Delete = %v, %v", ok, err)
	}
	s.service = nil
	if ok, err := c.Delete(t.Context(), "p", "europe-west1", "hello"); ok || err != nil {
		t.Errorf("Delete of nothing = %v, %v", ok, err)
	}
}

func TestDeployWhereWaitingIsRefused(t *testing.T) {
	t.Parallel()
	for _, code := range []codes.Code{codes.Unimplemented, codes.PermissionDenied} {
		c := connect(t, &cloudRun{noWait: code})
		if got, err := c.Deploy(t.Context(), desired(), nil); err != nil || got.Revision != "r1" {
			t.Errorf("%v: %+v, %v", code, got, err)
		}
	}
}

func TestDeployConflicts(t *testing.T) {
	t.Parallel()
	newer := release.Run{ID: "run-9", Started: noon.Add(time.Hour)}
	// once calls f at the first call of that name.
	once := func(name string, f func() error) func(string) error {
		var o sync.Once
		return func(call string) (err error) {
			if call == name {
				o.Do(func() { err = f() })
			}
			return err
		}
	}
	start := func() *cloudRun { return &cloudRun{service: apply(nil, run.Merge(nil, desired()))} }
	for _, tt := range []struct {
		name   string
		s      *cloudRun
		breaks func(*cloudRun) func(string) error
		kind   errs.Kind
		ok     bool
		check  func(*cloudRun) error
	}{
		{
			name: "somebody edits in between", s: start(), ok: true,
			breaks: func(s *cloudRun) func(string) error {
				return once("update", func() error {
					s.mu.Lock()
					defer s.mu.Unlock()
					s.service.Etag, s.service.Labels = "edited", map[string]string{"team": "a"}
					return nil
				})
			},
			check: func(s *cloudRun) error {
				if s.service.GetLabels()["team"] != "a" {
					return errors.New("the edit is lost")
				}
				return nil
			},
		},
		{
			name: "another first deploy was first", s: &cloudRun{}, ok: true,
			breaks: func(s *cloudRun) func(string) error {
				return once("create", func() error {
					s.mu.Lock()
					defer s.mu.Unlock()
					s.service = apply(nil, run.Merge(nil, desired()))
					return nil
				})
			},
		},
		{
			name: "a newer run was first, in between", s: start(), kind: errs.Superseded,
			breaks: func(s *cloudRun) func(string) error {
				return once("update", func() error {
					s.mu.Lock()
					defer s.mu.Unlock()
					s.service.Etag, s.service.Annotations["gcpdeploy.dev/run"] = "newer", newer.String()
					s.service.Template.Containers[0].Image = "newer@sha256:9"
					return nil
				})
			},
		},
		{
			name: "a newer run released the very same", s: start(), ok: true,
			breaks: func(s *cloudRun) func(string) error {
				s.service.Annotations["gcpdeploy.dev/run"] = newer.String()
				return once("update", func() error { return errors.New("it was updated") })
			},
		},
		{
			name: "the answer to the update is lost", s: start(), ok: true,
			breaks: func(s *cloudRun) func(string) error {
				return once("update", func() error {
					s.mu.Lock()
					defer s.mu.Unlock()
					s.service = apply(s.service, run.Merge(s.service, desired()))
					return status.Error(codes.Unavailable, "connection reset")
				})
			},
		},
		{
			name: "away while we wait", s: start(), ok: true,
			breaks: func(*cloudRun) func(string) error {
				return once("operation", func() error { return status.Error(codes.Unavailable, "away") })
			},
		},
		{
			name: "no right", s: start(), kind: errs.Auth,
			breaks: func(*cloudRun) func(string) error {
				return once("update", func() error { return status.Error(codes.PermissionDenied, "no") })
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.s.before = tt.breaks(tt.s)
			r, err := connect(t, tt.s).Deploy(t.Context(), desired(), nil)
			if (err == nil) != tt.ok || err != nil && errs.KindOf(err) != tt.kind {
				t.Fatalf("err = %v (%v)", err, errs.KindOf(err))
			}
			if tt.kind == errs.Superseded && r.Superseded != newer.ID {
				t.Errorf("superseded by %q", r.Superseded)
			}
			if tt.check != nil {
				if err := tt.check(tt.s); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestDeployFails(t *testing.T) {
	t.Parallel()
	s := &cloudRun{service: apply(nil, run.Merge(nil, desired())), broken: "The container does not listen on PORT=8080."}
	d := desired()
	d.Image += "2"
	_, err := connect(t, s).Deploy(t.Context(), d, nil)
	if errs.KindOf(err) != errs.Build || !strings.Contains(err.Error(), "revision r2: The container does not listen on PORT=8080.") {
		t.Errorf("err = %v (%v)", err, errs.KindOf(err))
	}
	if s.service.GetLatestReadyRevision() != "projects/p/locations/europe-west1/services/hello/revisions/r1" {
		t.Errorf("ready is %s", s.service.GetLatestReadyRevision())
	}
}

func TestDeployStopped(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := &cloudRun{before: func(call string) error {
		if call == "operation" {
			cancel()
		}
		return nil
	}}
	_, err := connect(t, s).Deploy(ctx, desired(), nil)
	if errs.KindOf(err) != errs.Interrupted || !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v (%v)", err, errs.KindOf(err))
	}
}

func TestPublic(t *testing.T) {
	t.Parallel()
	everybody := func(role string) *iampb.Policy {
		return &iampb.Policy{Bindings: []*iampb.Binding{{Role: role, Members: []string{"user:a", "allUsers"}}}}
	}
	for _, tt := range []struct {
		name     string
		want     *bool
		nobodyIs bool
		policy   *iampb.Policy
		fail     string // a call that is refused
		disabled bool
		members  []string // of run.invoker afterwards
		warns    bool
	}{
		{name: "not asked", want: nil, policy: everybody("roles/run.invoker"), members: []string{"user:a", "allUsers"}},
		{name: "yes", want: &yes, disabled: true},
		{name: "yes, by policy", want: &yes, nobodyIs: true, members: []string{"allUsers"}},
		{name: "yes, by policy, was so", want: &yes, nobodyIs: true, policy: everybody("roles/run.invoker"), fail: "setIam", members: []string{"user:a", "allUsers"}},
		{name: "yes, refused", want: &yes, nobodyIs: true, fail: "setIam", warns: true},
		{name: "no", want: &no},
		{name: "no, was granted", want: &no, policy: everybody("roles/run.invoker"), members: []string{"user:a"}},
		{name: "no, another role", want: &no, policy: everybody("roles/run.viewer")},
		{name: "no, may not look", want: &no, fail: "getIam", warns: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &cloudRun{nobodyIs: tt.nobodyIs, policy: tt.policy, before: func(call string) error {
				if call == tt.fail {
					return status.Error(codes.PermissionDenied, "no")
				}
				return nil
			}}
			c := connect(t, s)
			d := desired()
			d.AllowUnauthenticated = tt.want
			r, err := c.Deploy(t.Context(), d, nil)
			if err != nil {
				t.Fatal(err)
			}
			if (r.Warning != "") != tt.warns {
				t.Errorf("warning %q", r.Warning)
			}
			if s.service.GetInvokerIamDisabled() != tt.disabled {
				t.Errorf("invoker check off: %v", s.service.GetInvokerIamDisabled())
			}
			var members []string
			for _, b := range s.policy.GetBindings() {
				if b.GetRole() == "roles/run.invoker" {
					members = append(members, b.GetMembers()...)
				}
			}
			if !slices.Equal(members, tt.members) {
				t.Errorf("invokers %q, want %q", members, tt.members)
			}
			if !run.Same(s.service, run.Merge(s.service, d)) {
				t.Error("there is still something to do")
			}
		})
	}
}
