// Package pubsub emulates as much of Pub/Sub as telling somebody takes: topics, what
// is published to them, and subscriptions that are pulled from. Each project is one
// file. Messages are kept until they are acknowledged, however old. Streaming pulls,
// pushes, exports, schemas, snapshots, filters, ordering and dead letters are
// Unimplemented.
package pubsub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/rights"
)

// Config is what the emulator works with. Dir is required.
type Config struct {
	Dir string           // state: a file for each project
	Now func() time.Time // nil = the system's clock
	Log *slog.Logger     // nil = none

	Policies *rights.Store // who may do what with topics and subscriptions; nil = in memory
	Allow    frame.Allow   // decides on what a call needs beside its own permission; nil = on nothing
}

// Server is the emulator. Its methods are safe for concurrent use.
type Server struct {
	pubsubpb.UnimplementedPublisherServer
	Faults fault.Set // what to get wrong, for tests

	cfg  Config
	mu   sync.Mutex
	of   map[string]*project // by id
	news chan struct{}       // closed when a message came, or came back
}

var _ pubsubpb.PublisherServer = (*Server)(nil)

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
	s := &Server{cfg: cfg, of: map[string]*project{}, news: make(chan struct{})}
	if err := errors.Join(os.MkdirAll(cfg.Dir, 0o700), s.load()); err != nil {
		return nil, fmt.Errorf("opening the Pub/Sub emulator: %w", err)
	}
	return s, nil
}

// load reads all projects; a damaged one is set aside.
func (s *Server) load() error {
	paths, err := filepath.Glob(filepath.Join(s.cfg.Dir, "*.json"))
	if err != nil {
		return err
	}
	for _, path := range paths {
		p := newProject()
		ok, err := frame.ReadState(s.cfg.Log, path, p.read)
		if err != nil {
			return err
		}
		if ok {
			s.of[strings.TrimSuffix(filepath.Base(path), ".json")] = p
		}
	}
	return nil
}

// Register adds the services to a gRPC server.
func (s *Server) Register(g *grpc.Server) {
	pubsubpb.RegisterPublisherServer(g, s)
	pubsubpb.RegisterSubscriberServer(g, subscriber{server: s})
}

// Policied says whether a resource is one of Pub/Sub's that have a policy, how its
// permissions begin, and, as an error, whether it is there.
func (s *Server) Policied(_ context.Context, resource string) (permissions string, ok bool, err error) {
	n, err := parse(resource)
	if err != nil {
		return "", false, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return "pubsub." + n.kind, true, s.has(n)
}
