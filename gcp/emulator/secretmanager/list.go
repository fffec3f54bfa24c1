package secretmanager

import (
	"cmp"
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// ListSecrets gives a project's secrets, the newest first.
func (s *Server) ListSecrets(ctx context.Context, r *secretmanagerpb.ListSecretsRequest) (*secretmanagerpb.ListSecretsResponse, error) {
	if err := s.Faults.Take(ctx, "ListSecrets"); err != nil {
		return nil, err
	}
	n, err := parseProject(r.GetParent())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	paths, err := filepath.Glob(filepath.Join(filepath.Dir(s.path(n)), "*.json"))
	if err != nil {
		return nil, status.Errorf(codes.Internal, "listing secrets: %v", err)
	}
	all := make([]*secretmanagerpb.Secret, 0, len(paths))
	for _, path := range paths {
		n.secret = strings.TrimSuffix(filepath.Base(path), ".json")
		sec, err := s.load(n)
		if err != nil {
			return nil, err
		}
		m, err := sec.message()
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b *secretmanagerpb.Secret) int {
		return cmp.Or(b.GetCreateTime().AsTime().Compare(a.GetCreateTime().AsTime()), cmp.Compare(a.GetName(), b.GetName()))
	})
	res := &secretmanagerpb.ListSecretsResponse{TotalSize: int32(len(all))}
	res.Secrets, res.NextPageToken, err = page(all, r)
	return res, err
}

// ListSecretVersions gives a secret's versions, the newest first.
func (s *Server) ListSecretVersions(ctx context.Context, r *secretmanagerpb.ListSecretVersionsRequest) (*secretmanagerpb.ListSecretVersionsResponse, error) {
	if err := s.Faults.Take(ctx, "ListSecretVersions"); err != nil {
		return nil, err
	}
	n, err := parseSecret(r.GetParent())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sec, err := s.load(n)
	if err != nil {
		return nil, err
	}
	all := make([]*secretmanagerpb.SecretVersion, 0, len(sec.Versions))
	for i, v := range slices.Backward(sec.Versions) {
		n.version = i + 1
		all = append(all, v.message(n))
	}
	res := &secretmanagerpb.ListSecretVersionsResponse{TotalSize: int32(len(all))}
	res.Versions, res.NextPageToken, err = page(all, r)
	return res, err
}

// defaultPage is the most on a page. Source: the proto's comment on page_size.
const defaultPage = 25000

// page cuts a list to the page that was asked for.
func page[T any](all []T, r interface {
	GetPageSize() int32
	GetPageToken() string
	GetFilter() string
}) ([]T, string, error) {
	if r.GetFilter() != "" {
		return nil, "", status.Errorf(codes.Unimplemented, "the filter %q is not emulated", r.GetFilter())
	}
	return frame.Page(all, r.GetPageSize(), r.GetPageToken(), defaultPage, defaultPage)
}

// UpdateSecret changes a secret's labels and annotations.
func (s *Server) UpdateSecret(ctx context.Context, r *secretmanagerpb.UpdateSecretRequest) (*secretmanagerpb.Secret, error) {
	if err := s.Faults.Take(ctx, "UpdateSecret"); err != nil {
		return nil, err
	}
	n, err := parseSecret(r.GetSecret().GetName())
	if err != nil {
		return nil, err
	}
	if len(r.GetUpdateMask().GetPaths()) == 0 {
		return nil, invalid("update_mask must be provided.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sec, err := s.load(n)
	if err != nil {
		return nil, err
	}
	m, err := sec.message()
	if err != nil {
		return nil, err
	}
	for _, path := range r.GetUpdateMask().GetPaths() {
		switch path {
		case "labels":
			m.Labels = r.GetSecret().GetLabels()
		case "annotations":
			m.Annotations = r.GetSecret().GetAnnotations()
		default:
			if m.ProtoReflect().Descriptor().Fields().ByTextName(path) == nil {
				return nil, invalid("Invalid field %q in update_mask.", path)
			}
			return nil, status.Errorf(codes.Unimplemented, "%s of a secret cannot be changed here", path)
		}
	}
	data, err := protojson.Marshal(m)
	if err != nil {
		return nil, invalid("%v", err)
	}
	sec.Message = json.RawMessage(data)
	return m, s.save(n, sec)
}
