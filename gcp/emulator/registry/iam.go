package registry

import (
	"context"

	"cloud.google.com/go/iam/apiv1/iampb"
)

// guarded gives the name of a repository that is there.
func (s *Server) guarded(ctx context.Context, method, resource string) (string, error) {
	n, err := s.begin(ctx, method, resource, repositoryIs)
	if err != nil {
		return "", err
	}
	return n.repoName(), s.has(n)
}

// GetIamPolicy answers a repository's policy.
func (s *Server) GetIamPolicy(ctx context.Context, req *iampb.GetIamPolicyRequest) (*iampb.Policy, error) {
	name, err := s.guarded(ctx, "GetIamPolicy", req.GetResource())
	if err != nil {
		return nil, err
	}
	return s.config.Policies.Get(name), nil
}

// SetIamPolicy replaces a repository's policy.
func (s *Server) SetIamPolicy(ctx context.Context, req *iampb.SetIamPolicyRequest) (*iampb.Policy, error) {
	if _, err := s.guarded(ctx, "SetIamPolicy", req.GetResource()); err != nil {
		return nil, err
	}
	return s.config.Policies.Set(req)
}

// TestIamPermissions answers what the caller may do with a repository.
func (s *Server) TestIamPermissions(ctx context.Context, req *iampb.TestIamPermissionsRequest) (*iampb.TestIamPermissionsResponse, error) {
	name, err := s.guarded(ctx, "TestIamPermissions", req.GetResource())
	if err != nil {
		return nil, err
	}
	return &iampb.TestIamPermissionsResponse{Permissions: s.config.Policies.Test(ctx, name, req.GetPermissions())}, nil
}
