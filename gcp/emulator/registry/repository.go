package registry

import (
	"context"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

var errNotFound = status.Error(codes.NotFound, "Requested entity was not found.")

// repository is the record of a repository at its own location; the caller
// holds the lock.
func (s *Server) repository(n name) (*artifactregistrypb.Repository, error) {
	r := s.repos[n.project+"/"+n.repository]
	if r == nil || r.GetName() != n.repoName() {
		return nil, errNotFound
	}
	return r, nil
}

// has says that an existing repository is named.
func (s *Server) has(n name) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.repository(n)
	return err
}

// shown is a record as the API answers it.
func (s *Server) shown(r *artifactregistrypb.Repository) *artifactregistrypb.Repository {
	r = proto.CloneOf(r)
	n, err := parse(r.GetName(), repositoryIs...)
	if err == nil {
		r.RegistryUri = n.host() + "/" + n.project + "/" + n.repository
		if r.GetFormat() == artifactregistrypb.Repository_PYTHON {
			r.RegistryUri = n.location + "-python.pkg.dev/" + n.project + "/" + n.repository
		}
	}
	return r
}

// GetRepository answers one repository.
func (s *Server) GetRepository(ctx context.Context, req *artifactregistrypb.GetRepositoryRequest) (*artifactregistrypb.Repository, error) {
	n, err := s.begin(ctx, "GetRepository", req.GetName(), repositoryIs)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.repository(n)
	if err != nil {
		return nil, err
	}
	return s.shown(r), nil
}

// ListRepositories answers the repositories of a location, or of all with "-".
func (s *Server) ListRepositories(ctx context.Context, req *artifactregistrypb.ListRepositoriesRequest) (*artifactregistrypb.ListRepositoriesResponse, error) {
	parent, every := strings.CutSuffix(req.GetParent(), "/locations/-")
	if every {
		parent += "/locations/any"
	}
	n, err := s.begin(ctx, "ListRepositories", parent, locationIs)
	if err != nil {
		return nil, err
	}
	match, err := filter(req.GetFilter(), "name")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*artifactregistrypb.Repository
	for _, key := range slices.Sorted(maps.Keys(s.repos)) {
		r := s.repos[key]
		at, err := parse(r.GetName(), repositoryIs...)
		if err == nil && at.project == n.project && (every || at.location == n.location) && match(r.GetName()) {
			all = append(all, s.shown(r))
		}
	}
	all, next, err := page(all, req.GetPageSize(), req.GetPageToken())
	return &artifactregistrypb.ListRepositoriesResponse{Repositories: all, NextPageToken: next}, err
}

// locations are those where a project has repositories.
func (s *Server) locations(project string) (all []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.repos {
		if n, err := parse(r.GetName(), repositoryIs...); err == nil && n.project == project {
			all = append(all, n.location)
		}
	}
	return all
}

// CreateRepository makes a standard repository; the operation is done
// when it is answered.
func (s *Server) CreateRepository(ctx context.Context, req *artifactregistrypb.CreateRepositoryRequest) (*longrunningpb.Operation, error) {
	n, err := s.begin(ctx, "CreateRepository", req.GetParent(), locationIs)
	if err != nil {
		return nil, err
	}
	r := proto.CloneOf(req.GetRepository())
	switch n.repository = req.GetRepositoryId(); {
	case !repositoryName.MatchString(n.repository):
		return nil, status.Errorf(codes.InvalidArgument, "Invalid repository id %.80q: it must be 1 to 63 lower-case letters, digits and hyphens, beginning with a letter.", n.repository)
	case r == nil || r.GetFormat() == artifactregistrypb.Repository_FORMAT_UNSPECIFIED:
		return nil, status.Error(codes.InvalidArgument, "Repository format must be specified.")
	case r.GetFormat() != artifactregistrypb.Repository_DOCKER && r.GetFormat() != artifactregistrypb.Repository_PYTHON:
		return nil, status.Error(codes.Unimplemented, "This emulator has repositories of the formats DOCKER and PYTHON only.")
	case r.GetMode() > artifactregistrypb.Repository_STANDARD_REPOSITORY || r.GetDockerConfig().GetImmutableTags():
		return nil, status.Error(codes.Unimplemented, "This emulator has standard repositories with mutable tags only.")
	}
	if err := checkCleanup(r); err != nil {
		return nil, err
	}
	r.Name, r.Mode = n.repoName(), artifactregistrypb.Repository_STANDARD_REPOSITORY
	r.CreateTime, r.RegistryUri, r.SizeBytes = timestamppb.New(s.config.Now()), "", 0
	r.UpdateTime = r.GetCreateTime()
	s.mu.Lock()
	defer s.mu.Unlock()
	key := n.project + "/" + n.repository
	if old := s.repos[key]; old != nil {
		return nil, status.Errorf(codes.AlreadyExists, "the repository already exists: %s", old.GetName())
	}
	if err := s.keep(n, r); err != nil {
		return nil, err
	}
	return s.done(n, s.shown(r))
}

// DeleteRepository removes a repository with its images.
func (s *Server) DeleteRepository(ctx context.Context, req *artifactregistrypb.DeleteRepositoryRequest) (*longrunningpb.Operation, error) {
	n, err := s.begin(ctx, "DeleteRepository", req.GetName(), repositoryIs)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.repository(n); err != nil {
		return nil, err
	}
	// The record goes last: a deletion that is cut short can be asked for again.
	if err := errors.Join(s.markDirty(), os.RemoveAll(s.ociPath(n.project+"/"+n.repository)), os.Remove(s.repoPath(n.project, n.repository))); err != nil {
		return nil, internal(err)
	}
	delete(s.repos, n.project+"/"+n.repository)
	if err := s.config.Policies.Forget(n.repoName()); err != nil {
		return nil, err
	}
	return s.done(n, &emptypb.Empty{})
}

// begin starts every method: its fault, then its resource's name.
func (s *Server) begin(ctx context.Context, method, resource string, is []string) (name, error) {
	if err := s.Faults.Take(ctx, method); err != nil {
		return name{}, err
	}
	return parse(resource, is...)
}

func (s *Server) markDirty() error { return os.WriteFile(s.dirty(), nil, 0o600) }

func internal(err error) error { return status.Error(codes.Internal, err.Error()) }
