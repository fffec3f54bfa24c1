// Package scheduler emulates Cloud Scheduler: jobs that call a URL by a cron
// schedule in a time zone, with retries, as a service account where the URL is a
// Google API or wants to know who calls. What is called at *.googleapis.com is the
// emulators' own, and so is App Engine. Pub/Sub targets are Unimplemented.
//
// Google's servers do not go down, these do. What was due meanwhile is not made up
// for: a job goes on with its next time, so starting the emulators starts no builds.
package scheduler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"google.golang.org/grpc"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// Config is what the emulator works with. Dir, URL, Tokens and Log are required.
type Config struct {
	Dir    string // state: a file for each job
	URL    string // of the emulators' port, which stands for *.googleapis.com
	Tokens frame.Tokens
	Now    func() time.Time
	At     func(time.Time) <-chan time.Time // tells when the clock shows a time, or earlier
	Log    *slog.Logger
	Allow  frame.Allow // whether a caller may act as an account; nil = everybody may
	Apps   Apps        // whose services are targets; nil = there is none
}

// Server is the emulator. Its methods are safe for concurrent use.
type Server struct {
	schedulerpb.UnimplementedCloudSchedulerServer
	Faults fault.Set // what to get wrong, for tests

	cfg    Config
	client *http.Client
	wake   chan struct{} // a job has changed
	busy   sync.WaitGroup

	background context.Context // of attempts, until Stop
	end        context.CancelFunc

	mu      sync.Mutex
	stopped bool
	jobs    map[string]*job // by name
}

var _ schedulerpb.CloudSchedulerServer = (*Server)(nil)

// New opens the state in cfg.Dir, and begins to look at the clock.
func New(cfg Config) (*Server, error) {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{cfg: cfg, client: newClient(), wake: make(chan struct{}, 1), background: ctx, end: cancel, jobs: map[string]*job{}}
	if err := errors.Join(os.MkdirAll(cfg.Dir, 0o700), s.load()); err != nil {
		cancel()
		return nil, fmt.Errorf("opening the Cloud Scheduler emulator: %w", err)
	}
	s.busy.Go(func() { s.watch(ctx) })
	return s, nil
}

// Register adds the service to a gRPC server.
func (s *Server) Register(g *grpc.Server) { schedulerpb.RegisterCloudSchedulerServer(g, s) }

// Stop ends the attempts that are under way, and begins no more.
func (s *Server) Stop(ctx context.Context) error {
	s.mu.Lock()
	s.stopped = true
	s.mu.Unlock()
	s.end()
	ended := make(chan struct{})
	go func() { s.busy.Wait(); close(ended) }()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// changed has the clock looked at again.
func (s *Server) changed() {
	select {
	case s.wake <- struct{}{}:
	default: // it will be already
	}
}
