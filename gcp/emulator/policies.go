package emulator

import (
	"context"
	"path"
	"strings"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// policies is google.iam.v1.IAMPolicy, which is one service for the resources of all
// APIs whose own services have no such methods.
type policies struct {
	iampb.UnimplementedIAMPolicyServer
	server *Server
}

// on finds whose a resource is, and lets the caller do something with its policy.
// verb "" needs no right.
func (p policies) on(ctx context.Context, resource, verb string) error {
	for _, svc := range p.server.services {
		if svc.Policied == nil {
			continue
		}
		permissions, ok, err := svc.Policied(ctx, resource)
		if !ok {
			continue
		}
		a := frame.Access{API: svc.APIs[0] + ".googleapis.com", Resource: resource, Permission: permissions + "." + verb}
		if verb == "" {
			a.Permission = ""
		}
		rest, _ := strings.CutPrefix(resource, "projects/")
		a.Project, _, _ = strings.Cut(rest, "/")
		if denied := p.server.allow(ctx, a); denied != nil {
			return denied
		}
		return err
	}
	return status.Errorf(codes.Unimplemented, "policies of resources such as %.200s are not served", path.Dir(resource))
}

// GetIamPolicy implements the API.
func (p policies) GetIamPolicy(ctx context.Context, r *iampb.GetIamPolicyRequest) (*iampb.Policy, error) {
	if err := p.on(ctx, r.GetResource(), "getIamPolicy"); err != nil {
		return nil, err
	}
	return p.server.policies.Get(r.GetResource()), nil
}

// SetIamPolicy implements the API.
func (p policies) SetIamPolicy(ctx context.Context, r *iampb.SetIamPolicyRequest) (*iampb.Policy, error) {
	if err := p.on(ctx, r.GetResource(), "setIamPolicy"); err != nil {
		return nil, err
	}
	return p.server.policies.Set(r)
}

// TestIamPermissions implements the API.
func (p policies) TestIamPermissions(ctx context.Context, r *iampb.TestIamPermissionsRequest) (*iampb.TestIamPermissionsResponse, error) {
	if err := p.on(ctx, r.GetResource(), ""); err != nil {
		return nil, err
	}
	return &iampb.TestIamPermissionsResponse{Permissions: p.server.policies.Test(ctx, r.GetResource(), r.GetPermissions())}, nil
}
