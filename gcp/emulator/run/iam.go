package run

import (
	"context"
	"crypto/sha256"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
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

// GetIamPolicy implements the API. The policy says who may call the service; who
// may use the API it does not say.
func (s *Server) GetIamPolicy(ctx context.Context, req *iampb.GetIamPolicyRequest) (*iampb.Policy, error) {
	if err := s.Faults.Take(ctx, "GetIamPolicy"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	svc, err := s.find(req.GetResource())
	if err != nil {
		return nil, err
	}
	return withEtag(svc.policy), nil
}

// SetIamPolicy implements the API.
func (s *Server) SetIamPolicy(ctx context.Context, req *iampb.SetIamPolicyRequest) (*iampb.Policy, error) {
	if err := s.Faults.Take(ctx, "SetIamPolicy"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	svc, err := s.find(req.GetResource())
	if err != nil {
		return nil, err
	}
	want := proto.CloneOf(req.GetPolicy())
	if want == nil {
		return nil, invalid("policy", "is required")
	}
	for _, b := range want.GetBindings() {
		if b.GetRole() == "" || len(b.GetMembers()) == 0 {
			return nil, invalid("policy.bindings", "role and members are required")
		}
	}
	if len(want.Etag) > 0 && string(want.Etag) != string(withEtag(svc.policy).Etag) {
		return nil, status.Error(codes.Aborted, "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.")
	}
	want.Etag = nil
	svc.policy = want
	s.save(svc)
	return withEtag(want), nil
}

// TestIamPermissions implements the API: its caller may do everything.
func (s *Server) TestIamPermissions(ctx context.Context, req *iampb.TestIamPermissionsRequest) (*iampb.TestIamPermissionsResponse, error) {
	if err := s.Faults.Take(ctx, "TestIamPermissions"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.find(req.GetResource()); err != nil {
		return nil, err
	}
	return &iampb.TestIamPermissionsResponse{Permissions: req.GetPermissions()}, nil
}

// withEtag copies a policy and gives it the etag of its content.
func withEtag(p *iampb.Policy) *iampb.Policy {
	p = proto.CloneOf(p)
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(p)
	if err != nil {
		data = nil
	}
	sum := sha256.Sum256(data)
	p.Etag = sum[:8]
	return p
}
