// Package job is the part of a local Cloud Run that runs to an end:
// google.cloud.run.v2 Jobs, Executions and Tasks over real containers on the local
// Docker. A task is one container for each of its attempts. It refuses what Google
// refuses, keeps its state in files, and goes on with executions that a restart cut.
// Services are its parent's (gcp/emulator/run), v1 is knative's, and who may call is
// the frame's business; it shares no code with our own client (gcp/run).
package job

import (
	"cmp"
	"context"
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

// labelJob is a label of the containers, besides docker.Label: the job's full name.
const labelJob = "dev.gcpdeploy.job"

// Config is what a Server needs. Dir and Docker are required; without Docker every
// execution fails.
type Config struct {
	Dir     string
	Docker  frame.Containers
	Pull    container.Pull
	StateID string
	// Secret reads projects/*/secrets/*/versions/* in the name of the context's caller;
	// nil: no secret can be read.
	Secret func(ctx context.Context, version string) (string, error)
	// Allow decides who may run with overrides, and deploy as an account; nil: everybody.
	Allow    frame.Allow
	Policies *rights.Store // nil: in memory
	Now      func() time.Time
	Log      *slog.Logger
}

// Server is the emulator. Its Faults know the methods' names ("RunJob"), and "Task"
// for the start of a task's container.
type Server struct {
	runpb.UnimplementedJobsServer
	runpb.UnimplementedExecutionsServer
	runpb.UnimplementedTasksServer

	Faults fault.Set

	cfg  Config
	host *container.Host

	mu         sync.Mutex // guards all below, and the messages
	jobs       map[string]*job
	executions map[string]*execution
	ops        map[string]*operation
}

// New opens the state under c.Dir, and goes on with executions that were cut: a task
// that had begun begins anew.
func New(c Config) (*Server, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Policies == nil {
		c.Policies = rights.Memory()
	}
	host := (&container.Host{Docker: c.Docker, Pull: c.Pull, Now: c.Now, Log: c.Log}).Open()
	s := &Server{cfg: c, host: host, jobs: map[string]*job{}, executions: map[string]*execution{}, ops: map[string]*operation{}}
	if err := s.load(); err != nil {
		host.Close()
		return nil, err
	}
	return s, nil
}

// Register adds the services to a gRPC server.
func (s *Server) Register(g *grpc.Server) {
	runpb.RegisterJobsServer(g, s)
	runpb.RegisterExecutionsServer(g, s)
	runpb.RegisterTasksServer(g, s)
}

// Close ends the containers; the state stays, and a later Server goes on.
func (s *Server) Close(ctx context.Context) error {
	s.host.Close()
	return s.host.Wait(ctx)
}

// Purge closes, and removes all containers and the whole state.
func (s *Server) Purge(ctx context.Context) error {
	err := s.Close(ctx)
	err = cmp.Or(err, s.host.Purge(ctx, map[string]string{docker.Label: s.cfg.StateID, labelJob: ""}))
	for _, dir := range []string{"jobs", "logs"} {
		err = cmp.Or(err, os.RemoveAll(filepath.Join(s.cfg.Dir, dir)))
	}
	return err
}

// job is one job; Server.mu guards it.
type job struct {
	at location
	pb *runpb.Job
}
