package iam

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"slices"

	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

func (s *Server) path(a *account) string { return filepath.Join(s.cfg.Dir, a.Email+".json") }

// save stores an account; the caller holds the lock.
func (s *Server) save(a *account) error {
	if err := atomicfile.KeepJSON(s.path(a), a); err != nil {
		return status.Errorf(codes.Internal, "storing %s: %v", a.Email, err)
	}
	s.accounts[a.Email] = a
	return nil
}

// CreateServiceAccount implements the API.
func (s *Server) CreateServiceAccount(ctx context.Context, req *adminpb.CreateServiceAccountRequest) (*adminpb.ServiceAccount, error) {
	if err := s.Faults.Take(ctx, "CreateServiceAccount"); err != nil {
		return nil, err
	}
	project, err := s.project(req.GetName())
	if err != nil {
		return nil, err
	}
	id := req.GetAccountId()
	if !accountID.MatchString(id) {
		return nil, status.Errorf(codes.InvalidArgument, "Invalid account id %.80q: it must be 6 to 30 lower-case letters, digits and hyphens, beginning with a letter.", id)
	}
	in := req.GetServiceAccount()
	if err := checkTexts(in.GetDisplayName(), in.GetDescription()); err != nil {
		return nil, err
	}
	n, err := rand.Int(rand.Reader, big.NewInt(1e18))
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	a := &account{Project: project, Email: id + domainOf(project), UniqueID: "1" + big.NewInt(0).Add(n, big.NewInt(1e18)).String() + "0",
		DisplayName: in.GetDisplayName(), Description: in.GetDescription()}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.accounts[a.Email] != nil {
		return nil, status.Errorf(codes.AlreadyExists, "Service account %s already exists within project projects/%s.", id, project)
	}
	return a.message(), s.save(a)
}

func checkTexts(name, description string) error {
	if len(name) > 100 {
		return status.Error(codes.InvalidArgument, "The display name is longer than 100 bytes.")
	}
	if len(description) > 256 {
		return status.Error(codes.InvalidArgument, "The description is longer than 256 bytes.")
	}
	return nil
}

// project is the id of the project that is named.
func (s *Server) project(name string) (string, error) {
	m := projectName.FindStringSubmatch(name)
	if m == nil {
		return "", status.Errorf(codes.InvalidArgument, "Invalid project name %.200q: it must be projects/{project}.", name)
	}
	return s.cfg.Projects.ID(m[1]), nil
}

// GetServiceAccount implements the API.
func (s *Server) GetServiceAccount(ctx context.Context, req *adminpb.GetServiceAccountRequest) (*adminpb.ServiceAccount, error) {
	if err := s.Faults.Take(ctx, "GetServiceAccount"); err != nil {
		return nil, err
	}
	a, err := s.find(req.GetName())
	if err != nil {
		return nil, err
	}
	return a.message(), nil
}

// ListServiceAccounts implements the API.
func (s *Server) ListServiceAccounts(ctx context.Context, req *adminpb.ListServiceAccountsRequest) (*adminpb.ListServiceAccountsResponse, error) {
	if err := s.Faults.Take(ctx, "ListServiceAccounts"); err != nil {
		return nil, err
	}
	project, err := s.project(req.GetName())
	if err != nil {
		return nil, err
	}
	size := req.GetPageSize()
	if size < 0 || size > 100 {
		size = 0
	}
	all := []*account{computeAccount(project)}
	s.mu.Lock()
	for _, a := range s.accounts {
		if a.Project == project {
			all = append(all, a)
		}
	}
	s.mu.Unlock()
	slices.SortFunc(all, func(a, b *account) int { return cmp.Compare(a.Email, b.Email) })
	page, next, err := frame.Page(all, size, req.GetPageToken(), 20, 100)
	out := &adminpb.ListServiceAccountsResponse{NextPageToken: next}
	for _, a := range page {
		out.Accounts = append(out.Accounts, a.message())
	}
	return out, err
}

// own is find, of what can be changed: the default account cannot.
func (s *Server) own(name string) (*account, error) {
	a, err := s.find(name)
	if err == nil && computeOf.MatchString(a.Email) {
		err = status.Error(codes.Unimplemented, "changing the default service account is not emulated")
	}
	return a, err
}

// change stores a changed copy of an account.
func (s *Server) change(name string, edit func(*account) error) (*account, error) {
	a, err := s.own(name)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	next := *a
	if err := edit(&next); err != nil {
		return nil, err
	}
	return &next, s.save(&next)
}

// PatchServiceAccount changes what its mask names.
func (s *Server) PatchServiceAccount(ctx context.Context, req *adminpb.PatchServiceAccountRequest) (*adminpb.ServiceAccount, error) {
	if err := s.Faults.Take(ctx, "PatchServiceAccount"); err != nil {
		return nil, err
	}
	a, err := s.change(req.GetServiceAccount().GetName(), func(a *account) error {
		for _, path := range req.GetUpdateMask().GetPaths() {
			switch path {
			case "display_name", "displayName":
				a.DisplayName = req.GetServiceAccount().GetDisplayName()
			case "description":
				a.Description = req.GetServiceAccount().GetDescription()
			default:
				return status.Errorf(codes.InvalidArgument, "Invalid update mask: %.80q cannot be changed.", path)
			}
		}
		return checkTexts(a.DisplayName, a.Description)
	})
	if err != nil {
		return nil, err
	}
	return a.message(), nil
}

// EnableServiceAccount implements the API.
func (s *Server) EnableServiceAccount(_ context.Context, req *adminpb.EnableServiceAccountRequest) (*emptypb.Empty, error) {
	_, err := s.change(req.GetName(), func(a *account) error { a.Disabled = false; return nil })
	return &emptypb.Empty{}, err
}

// DisableServiceAccount implements the API.
func (s *Server) DisableServiceAccount(_ context.Context, req *adminpb.DisableServiceAccountRequest) (*emptypb.Empty, error) {
	_, err := s.change(req.GetName(), func(a *account) error { a.Disabled = true; return nil })
	return &emptypb.Empty{}, err
}

// DeleteServiceAccount implements the API.
func (s *Server) DeleteServiceAccount(ctx context.Context, req *adminpb.DeleteServiceAccountRequest) (*emptypb.Empty, error) {
	if err := s.Faults.Take(ctx, "DeleteServiceAccount"); err != nil {
		return nil, err
	}
	a, err := s.own(req.GetName())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := os.Remove(s.path(a)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, status.Errorf(codes.Internal, "removing %s: %v", a.Email, err)
	}
	delete(s.accounts, a.Email)
	return &emptypb.Empty{}, s.cfg.Policies.Forget(a.name())
}
