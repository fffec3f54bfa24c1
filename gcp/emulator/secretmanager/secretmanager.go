// Package secretmanager emulates as much of Secret Manager as builds and
// services need: secrets, their versions, and reading them. Each secret is one
// file that only its owner can read. Regional secrets, rotation and labels' filters
// are Unimplemented.
package secretmanager

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/rights"
)

// Config is what the emulator works with. Dir is required.
type Config struct {
	Dir string           // state: a folder for each project
	Now func() time.Time // nil = the system's clock
	Log *slog.Logger     // nil = none

	Policies *rights.Store // who may do what with secrets; nil = in memory
	Allow    frame.Allow   // decides on Value; nil = on none
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
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Policies == nil {
		cfg.Policies = rights.Memory()
	}
	s := &Server{cfg: cfg}
	if err := errors.Join(os.MkdirAll(cfg.Dir, 0o700), s.check()); err != nil {
		return nil, fmt.Errorf("opening the Secret Manager emulator: %w", err)
	}
	return s, nil
}

// check sets damaged secrets aside, so that they can be made again.
func (s *Server) check() error {
	paths, err := filepath.Glob(filepath.Join(s.cfg.Dir, "*", "*.json"))
	if err != nil {
		return err
	}
	for _, path := range paths {
		if _, err := frame.ReadState(s.cfg.Log, path, new(secret).read); err != nil {
			return err
		}
	}
	return nil
}

// Register adds the service to a gRPC server.
func (s *Server) Register(g *grpc.Server) { secretmanagerpb.RegisterSecretManagerServiceServer(g, s) }

// Value reads projects/P/secrets/S/versions/V for the emulators beside this one, in
// the name of the context's caller.
func (s *Server) Value(ctx context.Context, version string) (string, error) {
	n, err := parseVersion(version)
	if err != nil {
		return "", err
	}
	if s.cfg.Allow != nil {
		if err := s.cfg.Allow(ctx, frame.Access{API: "secretmanager.googleapis.com", Project: n.project,
			Permission: "secretmanager.versions.access", Resource: version}); err != nil {
			return "", err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, data, err := s.access(n)
	return string(data), err
}

func (s *Server) path(n name) string { return filepath.Join(s.cfg.Dir, n.project, n.secret+".json") }
