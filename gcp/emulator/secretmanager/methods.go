package secretmanager

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// maxPayload is the most that a version holds. Source: cloud.google.com/secret-manager/quotas.
const maxPayload = 64 << 10

// CreateSecret makes a secret without a version.
func (s *Server) CreateSecret(ctx context.Context, r *secretmanagerpb.CreateSecretRequest) (*secretmanagerpb.Secret, error) {
	if err := s.Faults.Take(ctx, "CreateSecret"); err != nil {
		return nil, err
	}
	n, err := parseProject(r.GetParent())
	if err != nil {
		return nil, err
	}
	if n.secret = r.GetSecretId(); !secretID.MatchString(n.secret) {
		return nil, invalid("The provided Secret ID [%.200s] does not match the expected format [[a-zA-Z_0-9]+]", n.secret)
	}
	if r.GetSecret().GetReplication().GetReplication() == nil {
		return nil, invalid("Secret.replication must be provided.")
	}
	m := proto.Clone(r.GetSecret()).(*secretmanagerpb.Secret)
	m.Name, m.CreateTime = n.parent(), timestamppb.New(s.cfg.Now())
	data, err := protojson.Marshal(m)
	if err != nil {
		return nil, invalid("%v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := os.Lstat(s.path(n)); !errors.Is(err, fs.ErrNotExist) {
		return nil, status.Errorf(codes.AlreadyExists, "Secret [%s] already exists.", n.parent())
	}
	return m, s.save(n, secret{Message: data})
}

// GetSecret gives a secret's description.
func (s *Server) GetSecret(ctx context.Context, r *secretmanagerpb.GetSecretRequest) (*secretmanagerpb.Secret, error) {
	if err := s.Faults.Take(ctx, "GetSecret"); err != nil {
		return nil, err
	}
	n, err := parseSecret(r.GetName())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sec, err := s.load(n)
	if err != nil {
		return nil, err
	}
	return sec.message()
}

// DeleteSecret removes a secret with its versions.
func (s *Server) DeleteSecret(ctx context.Context, r *secretmanagerpb.DeleteSecretRequest) (*emptypb.Empty, error) {
	if err := s.Faults.Take(ctx, "DeleteSecret"); err != nil {
		return nil, err
	}
	n, err := parseSecret(r.GetName())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.load(n); err != nil {
		return nil, err
	}
	if err := os.Remove(s.path(n)); err != nil {
		return nil, status.Errorf(codes.Internal, "removing %s: %v", n.parent(), err)
	}
	return &emptypb.Empty{}, s.cfg.Policies.Forget(n.parent())
}

// AddSecretVersion adds a value, which becomes the latest.
func (s *Server) AddSecretVersion(ctx context.Context, r *secretmanagerpb.AddSecretVersionRequest) (*secretmanagerpb.SecretVersion, error) {
	if err := s.Faults.Take(ctx, "AddSecretVersion"); err != nil {
		return nil, err
	}
	n, err := parseSecret(r.GetParent())
	if err != nil {
		return nil, err
	}
	p := r.GetPayload()
	switch {
	case len(p.GetData()) == 0:
		return nil, invalid("Secret Payload cannot be empty.")
	case len(p.GetData()) > maxPayload:
		return nil, invalid("The secret payload is %d bytes, and the limit is %d.", len(p.GetData()), maxPayload)
	case p.DataCrc32C != nil && p.GetDataCrc32C() != checksum(p.GetData()):
		return nil, invalid("Data corruption detected: the checksum does not match the data.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sec, err := s.load(n)
	if err != nil {
		return nil, err
	}
	v := version{Created: s.cfg.Now(), State: secretmanagerpb.SecretVersion_ENABLED, Data: p.GetData(), Checked: p.DataCrc32C != nil}
	sec.Versions = append(sec.Versions, v)
	n.version = len(sec.Versions)
	return v.message(n), s.save(n, sec)
}

// GetSecretVersion describes a version, without its value.
func (s *Server) GetSecretVersion(ctx context.Context, r *secretmanagerpb.GetSecretVersionRequest) (*secretmanagerpb.SecretVersion, error) {
	if err := s.Faults.Take(ctx, "GetSecretVersion"); err != nil {
		return nil, err
	}
	n, err := parseVersion(r.GetName())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n, _, v, err := s.find(n)
	if err != nil {
		return nil, err
	}
	return v.message(n), nil
}

// AccessSecretVersion gives a version's value.
func (s *Server) AccessSecretVersion(ctx context.Context, r *secretmanagerpb.AccessSecretVersionRequest) (*secretmanagerpb.AccessSecretVersionResponse, error) {
	if err := s.Faults.Take(ctx, "AccessSecretVersion"); err != nil {
		return nil, err
	}
	n, err := parseVersion(r.GetName())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n, data, err := s.access(n)
	if err != nil {
		return nil, err
	}
	return &secretmanagerpb.AccessSecretVersionResponse{Name: n.String(),
		Payload: &secretmanagerpb.SecretPayload{Data: data, DataCrc32C: proto.Int64(checksum(data))}}, nil
}

// DestroySecretVersion forgets a version's value for good.
func (s *Server) DestroySecretVersion(ctx context.Context, r *secretmanagerpb.DestroySecretVersionRequest) (*secretmanagerpb.SecretVersion, error) {
	if err := s.Faults.Take(ctx, "DestroySecretVersion"); err != nil {
		return nil, err
	}
	n, err := parseVersion(r.GetName())
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
	v.State, v.Data = secretmanagerpb.SecretVersion_DESTROYED, nil
	return v.message(n), s.save(n, sec)
}
