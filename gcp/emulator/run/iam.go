package run

import (
	"context"

	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// find gives a service by name; the caller holds s.mu.
func (s *Server) find(name string) (*service, error) {
	if _, _, err := parseService(name); err != nil {
		return nil, err
	}
	svc := s.services[name]
	if svc == nil {
		return nil, notFound(name)
	}
	return svc, nil
}

// has says whether there is a service of a name, as an error.
func (s *Server) has(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.find(name)
	return err
}

// GetIamPolicy implements the API.
func (s *Server) GetIamPolicy(ctx context.Context, req *iampb.GetIamPolicyRequest) (*iampb.Policy, error) {
	if err := s.Faults.Take(ctx, "GetIamPolicy"); err != nil {
		return nil, err
	}
	if err := s.has(req.GetResource()); err != nil {
		return nil, err
	}
	return s.cfg.Policies.Get(req.GetResource()), nil
}

// SetIamPolicy implements the API.
func (s *Server) SetIamPolicy(ctx context.Context, req *iampb.SetIamPolicyRequest) (*iampb.Policy, error) {
	if err := s.Faults.Take(ctx, "SetIamPolicy"); err != nil {
		return nil, err
	}
	if err := s.has(req.GetResource()); err != nil {
		return nil, err
	}
	return s.cfg.Policies.Set(req)
}

// TestIamPermissions implements the API.
func (s *Server) TestIamPermissions(ctx context.Context, req *iampb.TestIamPermissionsRequest) (*iampb.TestIamPermissionsResponse, error) {
	if err := s.Faults.Take(ctx, "TestIamPermissions"); err != nil {
		return nil, err
	}
	if err := s.has(req.GetResource()); err != nil {
		return nil, err
	}
	return &iampb.TestIamPermissionsResponse{Permissions: s.cfg.Policies.Test(ctx, req.GetResource(), req.GetPermissions())}, nil
}

// allow asks whether the caller has a permission, where anybody decides on that.
func (s *Server) allow(ctx context.Context, l location, permission, resource string) error {
	if s.cfg.Allow == nil {
		return nil
	}
	return s.cfg.Allow(ctx, frame.Access{API: "run.googleapis.com", Project: l.project, Permission: permission, Resource: resource})
}

// actAs asks whether the caller may act as the account that a service will have.
func (s *Server) actAs(ctx context.Context, l location, want *runpb.Service) error {
	return s.allow(ctx, l, "iam.serviceAccounts.actAs", "projects/-/serviceAccounts/"+want.GetTemplate().GetServiceAccount())
}
