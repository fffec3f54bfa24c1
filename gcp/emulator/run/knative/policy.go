package knative

import (
	"context"
	"strconv"

	"cloud.google.com/go/iam/apiv1/iampb"
)

func (s *Surface) getPolicy(ctx context.Context, r request) (any, error) {
	req := &iampb.GetIamPolicyRequest{Resource: r.service()}
	if v, err := strconv.ParseInt(r.URL.Query().Get("options.requestedPolicyVersion"), 10, 32); err == nil {
		req.Options = &iampb.GetPolicyOptions{RequestedPolicyVersion: int32(v)}
	}
	p, err := s.services.GetIamPolicy(ctx, req)
	return message{p}, err
}

func (s *Surface) setPolicy(ctx context.Context, r request) (any, error) {
	req := &iampb.SetIamPolicyRequest{}
	if err := readProto(r, req); err != nil {
		return nil, err
	}
	req.Resource = r.service()
	p, err := s.services.SetIamPolicy(ctx, req)
	return message{p}, err
}

func (s *Surface) testPermissions(ctx context.Context, r request) (any, error) {
	req := &iampb.TestIamPermissionsRequest{}
	if err := readProto(r, req); err != nil {
		return nil, err
	}
	req.Resource = r.service()
	p, err := s.services.TestIamPermissions(ctx, req)
	return message{p}, err
}
