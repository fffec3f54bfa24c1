// Package billing emulates what Cloud Billing says of a project: the account that
// pays for it.
package billing

import (
	"context"
	"regexp"
	"sync"

	"cloud.google.com/go/billing/apiv1/billingpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// Server is the emulator. Its methods are safe for concurrent use.
type Server struct {
	billingpb.UnimplementedCloudBillingServer
	Faults fault.Set // what to get wrong, for tests

	mu  sync.Mutex
	off map[string]bool
}

var _ billingpb.CloudBillingServer = (*Server)(nil)

// New makes a Server on which all projects are paid for.
func New() *Server { return &Server{off: map[string]bool{}} }

// Service is Cloud Billing for the frame.
func Service(frame.Frame) (frame.Service, error) {
	s := New()
	return frame.Service{Server: s, APIs: []string{"cloudbilling"}, Register: s.Register}, nil
}

// Register adds the service to a gRPC server.
func (s *Server) Register(g *grpc.Server) { billingpb.RegisterCloudBillingServer(g, s) }

// Disable leaves a project without an account that pays.
func (s *Server) Disable(project string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.off[project] = true
}

var projectName = regexp.MustCompile(`^projects/([a-z0-9][a-z0-9:.-]*)$`)

// GetProjectBillingInfo implements the API.
func (s *Server) GetProjectBillingInfo(ctx context.Context, req *billingpb.GetProjectBillingInfoRequest) (*billingpb.ProjectBillingInfo, error) {
	if err := s.Faults.Take(ctx, "GetProjectBillingInfo"); err != nil {
		return nil, err
	}
	m := projectName.FindStringSubmatch(req.GetName())
	if m == nil {
		return nil, status.Errorf(codes.InvalidArgument, "Invalid project name %.200q: it must be projects/{project}.", req.GetName())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	info := &billingpb.ProjectBillingInfo{Name: req.GetName() + "/billingInfo", ProjectId: m[1]}
	if !s.off[m[1]] {
		info.BillingAccountName, info.BillingEnabled = "billingAccounts/000000-000000-000000", true
	}
	return info, nil
}
