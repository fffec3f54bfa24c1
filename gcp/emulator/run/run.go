// Package run is a local Cloud Run: google.cloud.run.v2 Services and Revisions
// over real containers on the local Docker. A revision is one container of its
// image, started and probed as Cloud Run does it; a reverse proxy gives every
// service an address of its own that honours traffic percentages and tags, and
// moves to a new revision only when that one is ready. It refuses what Google
// refuses, keeps its state in files, and finds its containers again after a
// restart. Who may call it, REST and the wire are the frame's business
// (gcp/emulator); it shares no code with our own client (gcp/run).
package run

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/container"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/rights"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// Labels of the containers, besides docker.Label.
const (
	labelService   = "dev.gcpdeploy.service"   // the service's full name
	labelRevision  = "dev.gcpdeploy.revision"  // the revision's short name
	labelContainer = "dev.gcpdeploy.container" // its name, of those that are held together
)

// Config is what a Server needs. Dir and Docker are required; without Docker
// every rollout fails.
type Config struct {
	Dir     string           // state and logs; made if absent
	Docker  frame.Containers // nil: nothing can be started
	Pull    container.Pull   // whence images come
	StateID string           // value of docker.Label
	Addr    string           // host:port of the main port, for SERVICE.localhost URLs; "" = none
	// StartTimeout caps the startup probe; default 240 s.
	StartTimeout time.Duration
	// Secret reads projects/*/secrets/*/versions/* in the name of the context's caller;
	// nil: no secret can be read.
	Secret func(ctx context.Context, version string) (string, error)
	// Allow decides who may deploy as an account; nil: everybody.
	Allow frame.Allow
	// Policies keeps who may do what with services; nil: in memory.
	Policies *rights.Store
	// Caller says who a token is, if it is good for one of some audiences; nil: nobody.
	Caller func(token string, audiences []string) (c Caller, ok bool)
	Now    func() time.Time // default time.Now
	Log    *slog.Logger     // default: none
}

// Server is the emulator. Its Faults know the methods' names ("CreateService"),
// and "Start" for the start of a revision's container.
type Server struct {
	runpb.UnimplementedServicesServer
	runpb.UnimplementedRevisionsServer

	Faults fault.Set

	cfg  Config
	host *container.Host // ends with Close; rollouts go on beside

	mu       sync.Mutex // guards all below, and the services' and revisions' messages
	closed   bool
	services map[string]*service // by full name
	ops      map[string]*operation
}

// New opens the state under c.Dir: services listen again on their ports,
// containers that still run are taken over, rollouts that were cut go on.
func New(c Config) (*Server, error) {
	c.StartTimeout = cmp.Or(c.StartTimeout, 240*time.Second)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if c.Policies == nil {
		c.Policies = rights.Memory()
	}
	host := (&container.Host{Docker: c.Docker, Pull: c.Pull, Now: c.Now, Log: c.Log}).Open()
	s := &Server{cfg: c, host: host, services: map[string]*service{}, ops: map[string]*operation{}}
	if err := s.load(); err != nil {
		host.Close()
		return nil, err
	}
	return s, nil
}

// Register adds the services to a gRPC server.
func (s *Server) Register(g *grpc.Server) {
	runpb.RegisterServicesServer(g, s)
	runpb.RegisterRevisionsServer(g, s)
}

// Close stops listening and removes the running containers; the state stays,
// and a later Server starts them again when they are asked for.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	var instances []*container.Instance
	for _, svc := range s.services {
		svc.stopListening()
		for _, r := range svc.revisions {
			instances = append(instances, r.inst)
		}
	}
	s.mu.Unlock()
	s.host.Close()
	for _, in := range instances {
		in.Retire(0)
	}
	return s.host.Wait(ctx)
}

// Purge closes, and removes all containers and the whole state.
func (s *Server) Purge(ctx context.Context) error {
	err := s.Close(ctx)
	err = cmp.Or(err, s.host.Purge(ctx, map[string]string{docker.Label: s.cfg.StateID, labelService: ""}))
	for _, dir := range []string{"services", "operations", "logs"} {
		err = cmp.Or(err, os.RemoveAll(filepath.Join(s.cfg.Dir, dir)))
	}
	return err
}
