package job

import (
	"context"

	"cloud.google.com/go/iam/apiv1/iampb"
)

// has says whether there is a job of a name, as an error.
func (s *Server) has(name string) error {
	if _, _, err := parse(name, "jobs"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.jobs[name] == nil {
		return notFound("JOB", name)
	}
	return nil
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
