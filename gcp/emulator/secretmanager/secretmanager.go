// Package secretmanager emulates as much of Secret Manager as builds and
// services need: secrets, their versions, and reading them. Each secret is one
// file that only its owner can read. Regional secrets, rotation, labels' filters
// and access policies are Unimplemented.
package secretmanager

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
)

// Config is what the emulator works with. Dir is required.
type Config struct {
	Dir string           // state: a folder for each project
	Now func() time.Time // nil = the system's clock
}

// Server is the emulator. Its methods are safe for concurrent use.
type Server struct {
	secretmanagerpb.UnimplementedSecretManagerServiceServer
	Faults fault.Set // what to get wrong, for tests

	cfg Config
	mu  sync.Mutex // guards the files
}

var _ secretmanagerpb.SecretManagerServiceServer = (*Server)(nil)

// New opens the state in cfg.Dir.
func New(cfg Config) (*Server, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("opening the Secret Manager emulator: %w", err)
	}
	return &Server{cfg: cfg}, nil
}

// Register adds the service to a gRPC server.
func (s *Server) Register(g *grpc.Server) { secretmanagerpb.RegisterSecretManagerServiceServer(g, s) }

// Value reads projects/P/secrets/S/versions/V for the emulators beside this one.
func (s *Server) Value(_ context.Context, version string) (string, error) {
	n, err := parseVersion(version)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, data, err := s.access(n)
	return string(data), err
}

func (s *Server) path(n name) string { return filepath.Join(s.cfg.Dir, n.project, n.secret+".json") }
