package repository

import (
	"context"
	"errors"
	"slices"
	"strings"

	"cloud.google.com/go/cloudbuild/apiv2/cloudbuildpb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/git"
)

// CreateRepository links a repository through a connection.
func (s *Server) CreateRepository(_ context.Context, req *cloudbuildpb.CreateRepositoryRequest) (*longrunningpb.Operation, error) {
	r, place, err := s.link(req)
	if err != nil {
		return nil, err
	}
	return s.done(place, "create", r.Name, r)
}

// BatchCreateRepositories links several through one connection: all or none.
func (s *Server) BatchCreateRepositories(_ context.Context, req *cloudbuildpb.BatchCreateRepositoriesRequest) (*longrunningpb.Operation, error) {
	m := connectionName.FindStringSubmatch(req.GetParent())
	if m == nil {
		return nil, invalid("invalid parent %q: must be projects/{project}/locations/{location}/connections/{connection}", req.GetParent())
	}
	for _, r := range req.GetRequests() {
		if r.GetParent() != req.GetParent() {
			return nil, invalid("parent %q of a request does not match %q", r.GetParent(), req.GetParent())
		}
	}
	made, _, err := s.link(req.GetRequests()...)
	if err != nil {
		return nil, err
	}
	res := &cloudbuildpb.BatchCreateRepositoriesResponse{}
	for _, r := range req.GetRequests() {
		s.mu.Lock()
		res.Repositories = append(res.Repositories, s.repositories[r.GetParent()+"/repositories/"+r.GetRepositoryId()])
		s.mu.Unlock()
	}
	return s.done(m[1], "create", made.GetName(), res)
}

// link makes repositories, and gives the last one and its location.
func (s *Server) link(requests ...*cloudbuildpb.CreateRepositoryRequest) (last *cloudbuildpb.Repository, place string, err error) {
	if len(requests) == 0 {
		return nil, "", invalid("requests must be given")
	}
	err = s.change(func(connections map[string]*cloudbuildpb.Connection, all map[string]*cloudbuildpb.Repository) error {
		for _, req := range requests {
			m := connectionName.FindStringSubmatch(req.GetParent())
			if m == nil {
				return invalid("invalid parent %q: must be projects/{project}/locations/{location}/connections/{connection}", req.GetParent())
			}
			c := connections[req.GetParent()]
			if c == nil {
				return notFound(req.GetParent())
			}
			if c.GetInstallationState().GetStage() != complete {
				return status.Errorf(codes.FailedPrecondition, "connection %s is not ready: its installation state is %s", c.Name, c.GetInstallationState().GetStage())
			}
			if err := checked(c, req); err != nil {
				return err
			}
			now := timestamppb.New(s.cfg.Now())
			r := proto.CloneOf(req.GetRepository())
			r.Name, r.CreateTime, r.UpdateTime, r.Etag, r.WebhookId = req.GetParent()+"/repositories/"+req.GetRepositoryId(), now, now, etag(), ""
			for _, other := range all {
				if other.Name == r.Name || strings.HasPrefix(other.Name, req.GetParent()+"/") && other.GetRemoteUri() == r.GetRemoteUri() {
					return status.Errorf(codes.AlreadyExists, "Resource '%s' already exists", other.Name)
				}
			}
			all[r.Name], last, place = r, r, m[1]
		}
		return nil
	})
	return last, place, err
}

// checked says whether a repository can be linked through a connection.
func checked(c *cloudbuildpb.Connection, req *cloudbuildpb.CreateRepositoryRequest) error {
	if !repositoryID().MatchString(req.GetRepositoryId()) {
		return invalid("invalid repository_id %q", req.GetRepositoryId())
	}
	uri := req.GetRepository().GetRemoteUri()
	if _, err := git.Canonical(uri); err != nil || !strings.HasPrefix(uri, "https://") || !strings.HasSuffix(uri, ".git") {
		return invalid("invalid remote_uri %q: must be the HTTPS URL of a repository, as https://github.com/owner/name.git", uri)
	}
	if c.GetGithubConfig() != nil && !strings.HasPrefix(uri, "https://github.com/") {
		return invalid("remote_uri %q is no repository of GitHub, which the connection is to", uri)
	}
	return nil
}

// GetRepository gives a linked repository.
func (s *Server) GetRepository(_ context.Context, req *cloudbuildpb.GetRepositoryRequest) (*cloudbuildpb.Repository, error) {
	if repositoryName.FindString(req.GetName()) == "" {
		return nil, invalid("invalid name %q", req.GetName())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.repositories[req.GetName()]; r != nil {
		return r, nil
	}
	return nil, notFound(req.GetName())
}

// ListRepositories gives those of a connection; of all in a location, where it is "-".
func (s *Server) ListRepositories(_ context.Context, req *cloudbuildpb.ListRepositoriesRequest) (*cloudbuildpb.ListRepositoriesResponse, error) {
	m := connectionName.FindStringSubmatch(req.GetParent())
	if m == nil {
		return nil, invalid("invalid parent %q: must be projects/{project}/locations/{location}/connections/{connection}", req.GetParent())
	}
	if req.GetFilter() != "" {
		return nil, status.Error(codes.Unimplemented, "repositories are listed without a filter")
	}
	s.mu.Lock()
	parent, known := req.GetParent(), s.connections[req.GetParent()] != nil
	if m[2] == "-" {
		parent, known = m[1]+"/connections", true
	}
	all := below(s.repositories, parent+"/")
	s.mu.Unlock()
	if !known {
		return nil, notFound(req.GetParent())
	}
	page, next, err := frame.Page(all, req.GetPageSize(), req.GetPageToken(), 50, 1000)
	return &cloudbuildpb.ListRepositoriesResponse{Repositories: page, NextPageToken: next}, err
}

// DeleteRepository unlinks a repository.
func (s *Server) DeleteRepository(_ context.Context, req *cloudbuildpb.DeleteRepositoryRequest) (*longrunningpb.Operation, error) {
	m := repositoryName.FindStringSubmatch(req.GetName())
	if m == nil {
		return nil, invalid("invalid name %q", req.GetName())
	}
	err := s.change(func(_ map[string]*cloudbuildpb.Connection, all map[string]*cloudbuildpb.Repository) error {
		r := all[req.GetName()]
		if r == nil {
			return notFound(req.GetName())
		}
		if req.GetEtag() != "" && req.GetEtag() != r.GetEtag() {
			return status.Error(codes.Aborted, "the etag does not match")
		}
		if !req.GetValidateOnly() {
			delete(all, req.GetName())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.done(m[2], "delete", req.GetName(), &emptypb.Empty{})
}

// FetchLinkableRepositories gives what could be linked: the remotes that folders on
// this machine stand for.
func (s *Server) FetchLinkableRepositories(_ context.Context, req *cloudbuildpb.FetchLinkableRepositoriesRequest) (*cloudbuildpb.FetchLinkableRepositoriesResponse, error) {
	s.mu.Lock()
	c := s.connections[req.GetConnection()]
	s.mu.Unlock()
	if c == nil {
		return nil, notFound(req.GetConnection())
	}
	if c.GetInstallationState().GetStage() != complete {
		return nil, status.Errorf(codes.FailedPrecondition, "connection %s is not ready: its installation state is %s", c.Name, c.GetInstallationState().GetStage())
	}
	var all []*cloudbuildpb.Repository
	for _, remote := range s.cfg.Remotes.Remotes() {
		if checked(c, &cloudbuildpb.CreateRepositoryRequest{RepositoryId: "x", Repository: &cloudbuildpb.Repository{RemoteUri: remote}}) == nil {
			all = append(all, &cloudbuildpb.Repository{RemoteUri: remote})
		}
	}
	page, next, err := frame.Page(all, req.GetPageSize(), req.GetPageToken(), 50, 1000)
	return &cloudbuildpb.FetchLinkableRepositoriesResponse{Repositories: page, NextPageToken: next}, err
}

// FetchGitRefs gives a linked repository's branches or tags, by their short names.
func (s *Server) FetchGitRefs(ctx context.Context, req *cloudbuildpb.FetchGitRefsRequest) (*cloudbuildpb.FetchGitRefsResponse, error) {
	remote, ok := s.Remote(req.GetRepository())
	if !ok {
		return nil, notFound(req.GetRepository())
	}
	r, err := s.cfg.Remotes.Find(ctx, remote)
	if err != nil {
		return nil, status.Errorf(codes.FailedPrecondition, "reading %s: %v", remote, explain(err))
	}
	refs, err := r.Refs(ctx)
	if err != nil {
		return nil, status.Errorf(codes.FailedPrecondition, "reading %s: %v", remote, err)
	}
	prefix := map[cloudbuildpb.FetchGitRefsRequest_RefType]string{
		cloudbuildpb.FetchGitRefsRequest_BRANCH: "refs/heads/", cloudbuildpb.FetchGitRefsRequest_TAG: "refs/tags/"}[req.GetRefType()]
	res := &cloudbuildpb.FetchGitRefsResponse{}
	for ref := range refs {
		if name, ok := strings.CutPrefix(ref, prefix); ok {
			res.RefNames = append(res.RefNames, name)
		}
	}
	slices.Sort(res.RefNames)
	return res, nil
}

// explain says what to do about a remote that no folder stands for.
func explain(err error) error {
	if errors.Is(err, git.ErrNoRepository) {
		return errors.New("no folder on this machine stands for it: see `gcpdeploy local event --help`")
	}
	return err
}
