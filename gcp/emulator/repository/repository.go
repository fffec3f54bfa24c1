// Package repository emulates Cloud Build's repositories of the 2nd generation:
// connections to hosts of git repositories, and the repositories that are linked
// through them. Which folder on this machine stands for a remote is known to
// package git beside it; hosts are not asked.
//
// A connection that names what its host needs (an installed app and a token) is
// COMPLETE at once. One to GitHub that does not waits as at Google for a person who
// opens two links: each GetConnection is taken for one of these steps.
package repository

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"cloud.google.com/go/cloudbuild/apiv2/cloudbuildpb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/git"
	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
)

// Config is what the emulator works with. Dir and Remotes are required.
type Config struct {
	Dir     string
	Remotes *git.Store
	Secret  Secret // reads tokens of connections as the service agent; nil: none is read
	Now     func() time.Time
	Log     *slog.Logger
}

// Server is the emulator. Its methods are safe for concurrent use.
type Server struct {
	cloudbuildpb.UnimplementedRepositoryManagerServer
	cfg Config

	mu           sync.Mutex
	connections  map[string]*cloudbuildpb.Connection // by name; replaced, never altered
	repositories map[string]*cloudbuildpb.Repository
	operations   map[string]*longrunningpb.Operation // of this process; all are done
}

var _ cloudbuildpb.RepositoryManagerServer = (*Server)(nil)

// New opens the state in cfg.Dir.
func New(cfg Config) (*Server, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{cfg: cfg, connections: map[string]*cloudbuildpb.Connection{}, repositories: map[string]*cloudbuildpb.Repository{}, operations: map[string]*longrunningpb.Operation{}}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("opening the emulator of repositories: %w", err)
	}
	_, err := frame.ReadState(cfg.Log, s.file(), s.parse)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("opening the emulator of repositories: %w", err)
	}
	return s, nil
}

// Register adds the service to a gRPC server.
func (s *Server) Register(g *grpc.Server) { cloudbuildpb.RegisterRepositoryManagerServer(g, s) }

func (s *Server) file() string { return filepath.Join(s.cfg.Dir, "connections.json") }

// parse reads the state: two of the API's own lists.
func (s *Server) parse(data []byte) error {
	var c cloudbuildpb.ListConnectionsResponse
	var r cloudbuildpb.ListRepositoriesResponse
	lists, err := split(data)
	if err != nil {
		return err
	}
	read := protojson.UnmarshalOptions{DiscardUnknown: true}
	if err := errors.Join(read.Unmarshal(lists.Connections, &c), read.Unmarshal(lists.Repositories, &r)); err != nil {
		return err
	}
	for _, x := range c.Connections {
		s.connections[x.Name] = x
	}
	for _, x := range r.Repositories {
		s.repositories[x.Name] = x
	}
	return nil
}

// change writes what f makes of copies of the maps, and takes them over.
func (s *Server) change(f func(connections map[string]*cloudbuildpb.Connection, repositories map[string]*cloudbuildpb.Repository) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, r := copied(s.connections), copied(s.repositories)
	if err := f(c, r); err != nil {
		return err
	}
	data, err := join(&cloudbuildpb.ListConnectionsResponse{Connections: sorted(c)}, &cloudbuildpb.ListRepositoriesResponse{Repositories: sorted(r)})
	if err == nil {
		err = atomicfile.Keep(s.file(), data, 0o600)
	}
	if err != nil {
		return internal(err)
	}
	s.connections, s.repositories = c, r
	return nil
}

// Remote is the canonical URL of a repository by its resource name; false: there is none.
func (s *Server) Remote(name string) (string, bool) {
	s.mu.Lock()
	r := s.repositories[name]
	s.mu.Unlock()
	if r == nil {
		return "", false
	}
	remote, err := git.Canonical(r.GetRemoteUri())
	return remote, err == nil
}

// Repositories are copies of all, for tests.
func (s *Server) Repositories() []*cloudbuildpb.Repository {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*cloudbuildpb.Repository
	for _, r := range sorted(s.repositories) {
		all = append(all, proto.CloneOf(r))
	}
	return all
}
