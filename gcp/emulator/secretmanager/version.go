package secretmanager

import (
	"context"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// EnableSecretVersion lets a version be read again.
func (s *Server) EnableSecretVersion(ctx context.Context, r *secretmanagerpb.EnableSecretVersionRequest) (*secretmanagerpb.SecretVersion, error) {
	return s.turn(ctx, "EnableSecretVersion", r.GetName(), secretmanagerpb.SecretVersion_ENABLED)
}

// DisableSecretVersion keeps a version from being read.
func (s *Server) DisableSecretVersion(ctx context.Context, r *secretmanagerpb.DisableSecretVersionRequest) (*secretmanagerpb.SecretVersion, error) {
	return s.turn(ctx, "DisableSecretVersion", r.GetName(), secretmanagerpb.SecretVersion_DISABLED)
}

// DestroySecretVersion forgets a version's value for good.
func (s *Server) DestroySecretVersion(ctx context.Context, r *secretmanagerpb.DestroySecretVersionRequest) (*secretmanagerpb.SecretVersion, error) {
	return s.turn(ctx, "DestroySecretVersion", r.GetName(), secretmanagerpb.SecretVersion_DESTROYED)
}

// turn gives a version another state. What is destroyed stays so.
func (s *Server) turn(ctx context.Context, method, version string, to secretmanagerpb.SecretVersion_State) (*secretmanagerpb.SecretVersion, error) {
	if err := s.Faults.Take(ctx, method); err != nil {
		return nil, err
	}
	n, err := parseVersion(version)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n, sec, v, err := s.find(n)
	if err != nil {
		return nil, err
	}
	if v.State == secretmanagerpb.SecretVersion_DESTROYED {
		return nil, status.Errorf(codes.FailedPrecondition, "Secret Version [%s] is already in DESTROYED state.", n)
	}
	v.State = to
	if to == secretmanagerpb.SecretVersion_DESTROYED {
		v.Data, v.Destroyed = nil, s.cfg.Now()
	}
	return v.message(n), s.save(n, sec)
}
