package repository

import (
	"context"
	"regexp"
	"strings"
	"sync"

	"cloud.google.com/go/cloudbuild/apiv2/cloudbuildpb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

var (
	parentName     = regexp.MustCompile(`^projects/([a-z0-9][a-z0-9.:-]*)/locations/([a-z][a-z0-9-]*)$`)
	connectionName = regexp.MustCompile(`^(projects/[a-z0-9][a-z0-9.:-]*/locations/[a-z][a-z0-9-]*)/connections/([^/]+)$`)
	repositoryName = regexp.MustCompile(`^((projects/[a-z0-9][a-z0-9.:-]*/locations/[a-z][a-z0-9-]*)/connections/[^/]+)/repositories/([^/]+)$`)
	connectionID   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$`) })
	repositoryID   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-zA-Z0-9._~%!$&'()*+,;=@-]{1,256}$`) })
)

// parse checks a parent. Connections are regional.
func parse(parent string) error {
	m := parentName.FindStringSubmatch(parent)
	if m == nil {
		return invalid("invalid parent %q: must be projects/{project}/locations/{location}", parent)
	}
	if m[2] == "global" {
		return status.Error(codes.Internal, "Internal error encountered.") // as Google says it: google-cloud-node#4127
	}
	return nil
}

// CreateConnection makes a connection.
func (s *Server) CreateConnection(ctx context.Context, req *cloudbuildpb.CreateConnectionRequest) (*longrunningpb.Operation, error) {
	if err := parse(req.GetParent()); err != nil {
		return nil, err
	}
	if !connectionID().MatchString(req.GetConnectionId()) {
		return nil, invalid("invalid connection_id %q", req.GetConnectionId())
	}
	c := proto.CloneOf(req.GetConnection())
	if c == nil {
		c = &cloudbuildpb.Connection{}
	}
	now := timestamppb.New(s.cfg.Now())
	c.Name = req.GetParent() + "/connections/" + req.GetConnectionId()
	c.CreateTime, c.UpdateTime, c.Etag, c.Reconciling = now, now, etag(), false
	if err := s.install(ctx, c); err != nil {
		return nil, err
	}
	err := s.change(func(all map[string]*cloudbuildpb.Connection, _ map[string]*cloudbuildpb.Repository) error {
		if all[c.Name] != nil {
			return status.Errorf(codes.AlreadyExists, "Resource '%s' already exists", c.Name)
		}
		all[c.Name] = c
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.done(req.GetParent(), "create", c.Name, c)
}

// GetConnection gives a connection. Where a person has to do something to it at its
// host, that is taken for done after this.
func (s *Server) GetConnection(_ context.Context, req *cloudbuildpb.GetConnectionRequest) (*cloudbuildpb.Connection, error) {
	if connectionName.FindString(req.GetName()) == "" {
		return nil, invalid("invalid name %q", req.GetName())
	}
	s.mu.Lock()
	c := s.connections[req.GetName()]
	s.mu.Unlock()
	if c == nil {
		return nil, notFound(req.GetName())
	}
	if c.GetInstallationState().GetStage() == complete {
		return c, nil
	}
	return c, s.change(func(all map[string]*cloudbuildpb.Connection, _ map[string]*cloudbuildpb.Repository) error {
		if all[c.Name] == c {
			all[c.Name] = step(c)
		}
		return nil
	})
}

// ListConnections gives those of a location.
func (s *Server) ListConnections(_ context.Context, req *cloudbuildpb.ListConnectionsRequest) (*cloudbuildpb.ListConnectionsResponse, error) {
	if parentName.FindString(req.GetParent()) == "" {
		return nil, invalid("invalid parent %q: must be projects/{project}/locations/{location}", req.GetParent())
	}
	s.mu.Lock()
	all := below(s.connections, req.GetParent()+"/connections/")
	s.mu.Unlock()
	page, next, err := frame.Page(all, req.GetPageSize(), req.GetPageToken(), 50, 1000)
	return &cloudbuildpb.ListConnectionsResponse{Connections: page, NextPageToken: next}, err
}

func below[T any](m map[string]T, prefix string) []T {
	some := copied(m)
	for name := range some {
		if !strings.HasPrefix(name, prefix) {
			delete(some, name)
		}
	}
	return sorted(some)
}

// updatable are the paths of a connection's update mask.
var updatable = []string{"github_config", "github_enterprise_config", "gitlab_config", "bitbucket_data_center_config", "bitbucket_cloud_config", "disabled", "annotations"}

// UpdateConnection changes what its mask names; without one, all.
func (s *Server) UpdateConnection(ctx context.Context, req *cloudbuildpb.UpdateConnectionRequest) (*longrunningpb.Operation, error) {
	name := req.GetConnection().GetName()
	m := connectionName.FindStringSubmatch(name)
	if m == nil {
		return nil, invalid("invalid connection.name %q", name)
	}
	s.mu.Lock()
	have := s.connections[name]
	s.mu.Unlock()
	switch {
	case have == nil && req.GetAllowMissing():
		return s.CreateConnection(ctx, &cloudbuildpb.CreateConnectionRequest{Parent: m[1], ConnectionId: m[2], Connection: req.GetConnection()})
	case have == nil:
		return nil, notFound(name)
	case req.GetEtag() != "" && req.GetEtag() != have.GetEtag():
		return nil, status.Error(codes.Aborted, "the etag does not match")
	}
	next, err := masked(have, req.GetConnection(), req.GetUpdateMask().GetPaths())
	if err != nil {
		return nil, err
	}
	next.UpdateTime, next.Etag = timestamppb.New(s.cfg.Now()), etag()
	if err := s.install(ctx, next); err != nil {
		return nil, err
	}
	err = s.change(func(all map[string]*cloudbuildpb.Connection, _ map[string]*cloudbuildpb.Repository) error {
		if all[name] != have {
			return status.Error(codes.Aborted, "the connection was changed meanwhile")
		}
		all[name] = next
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.done(m[1], "update", name, next)
}

// DeleteConnection removes a connection and its repositories.
func (s *Server) DeleteConnection(_ context.Context, req *cloudbuildpb.DeleteConnectionRequest) (*longrunningpb.Operation, error) {
	m := connectionName.FindStringSubmatch(req.GetName())
	if m == nil {
		return nil, invalid("invalid name %q", req.GetName())
	}
	err := s.change(func(all map[string]*cloudbuildpb.Connection, repositories map[string]*cloudbuildpb.Repository) error {
		c := all[req.GetName()]
		if c == nil {
			return notFound(req.GetName())
		}
		if req.GetEtag() != "" && req.GetEtag() != c.GetEtag() {
			return status.Error(codes.Aborted, "the etag does not match")
		}
		if req.GetValidateOnly() {
			return nil
		}
		delete(all, req.GetName())
		for name := range repositories {
			if strings.HasPrefix(name, req.GetName()+"/") {
				delete(repositories, name)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.done(m[1], "delete", req.GetName(), &emptypb.Empty{})
}
