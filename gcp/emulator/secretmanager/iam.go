package secretmanager

import (
	"context"

	"cloud.google.com/go/iam/apiv1/iampb"
)

// has says whether a secret is there, as an error, and gives its name.
func (s *Server) has(ctx context.Context, method, resource string) (string, error) {
	if err := s.Faults.Take(ctx, method); err != nil {
		return "", err
	}
	n, err := parseSecret(resource)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err = s.load(n)
	return n.parent(), err
}

// GetIamPolicy implements the API.
func (s *Server) GetIamPolicy(ctx context.Context, r *iampb.GetIamPolicyRequest) (*iampb.Policy, error) {
	name, err := s.has(ctx, "GetIamPolicy", r.GetResource())
	if err != nil {
		return nil, err
	}
	return s.cfg.Policies.Get(name), nil
}

// SetIamPolicy implements the API.
func (s *Server) SetIamPolicy(ctx context.Context, r *iampb.SetIamPolicyRequest) (*iampb.Policy, error) {
	if _, err := s.has(ctx, "SetIamPolicy", r.GetResource()); err != nil {
		return nil, err
	}
	return s.cfg.Policies.Set(r)
}

// TestIamPermissions implements the API.
func (s *Server) TestIamPermissions(ctx context.Context, r *iampb.TestIamPermissionsRequest) (*iampb.TestIamPermissionsResponse, error) {
	name, err := s.has(ctx, "TestIamPermissions", r.GetResource())
	if err != nil {
		return nil, err
	}
	return &iampb.TestIamPermissionsResponse{Permissions: s.cfg.Policies.Test(ctx, name, r.GetPermissions())}, nil
}
