package iam

import (
	"context"
	"strings"

	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/rights"
)

// GetIamPolicy implements the API.
func (s *Server) GetIamPolicy(ctx context.Context, req *iampb.GetIamPolicyRequest) (*iampb.Policy, error) {
	if err := s.Faults.Take(ctx, "GetIamPolicy"); err != nil {
		return nil, err
	}
	a, err := s.find(req.GetResource())
	if err != nil {
		return nil, err
	}
	return s.cfg.Policies.Get(a.name()), nil
}

// SetIamPolicy implements the API.
func (s *Server) SetIamPolicy(ctx context.Context, req *iampb.SetIamPolicyRequest) (*iampb.Policy, error) {
	if err := s.Faults.Take(ctx, "SetIamPolicy"); err != nil {
		return nil, err
	}
	a, err := s.find(req.GetResource())
	if err != nil {
		return nil, err
	}
	req.Resource = a.name()
	return s.cfg.Policies.Set(req)
}

// TestIamPermissions implements the API.
func (s *Server) TestIamPermissions(ctx context.Context, req *iampb.TestIamPermissionsRequest) (*iampb.TestIamPermissionsResponse, error) {
	if err := s.Faults.Take(ctx, "TestIamPermissions"); err != nil {
		return nil, err
	}
	a, err := s.find(req.GetResource())
	if err != nil {
		return nil, err
	}
	return &iampb.TestIamPermissionsResponse{Permissions: s.cfg.Policies.Test(ctx, a.name(), req.GetPermissions())}, nil
}

func roleMessage(r rights.Role, full bool) *adminpb.Role {
	m := &adminpb.Role{Name: r.Name, Title: r.Title, Stage: adminpb.Role_GA, Etag: []byte("AA==")}
	if full {
		m.IncludedPermissions = r.Permissions
	}
	return m
}

// GetRole gives a predefined role.
func (s *Server) GetRole(_ context.Context, req *adminpb.GetRoleRequest) (*adminpb.Role, error) {
	if !strings.HasPrefix(req.GetName(), "roles/") {
		return nil, status.Error(codes.Unimplemented, "custom roles are not emulated")
	}
	r, ok := rights.Find(req.GetName())
	if !ok {
		return nil, status.Errorf(codes.NotFound, "The role named %s was not found.", req.GetName())
	}
	return roleMessage(r, true), nil
}

// ListRoles gives the predefined roles, all in one page.
func (s *Server) ListRoles(_ context.Context, req *adminpb.ListRolesRequest) (*adminpb.ListRolesResponse, error) {
	out := &adminpb.ListRolesResponse{}
	if req.GetParent() != "" { // custom roles: there are none
		return out, nil
	}
	for _, r := range rights.Roles() {
		out.Roles = append(out.Roles, roleMessage(r, req.GetView() == adminpb.RoleView_FULL))
	}
	return out, nil
}
