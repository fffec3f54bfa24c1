// Package cloudbuild emulates the Cloud Build API on one machine: builds are
// checked and refused as Google does, queued, run by gcp/worker on the local
// Docker, logged to a storage object that grows and to Cloud Logging, and kept over a
// restart.
// Triggers, worker pools and approvals are Unimplemented.
//
// It shares no code with the Cloud Build client, and knows nothing of tokens
// on the wire or of transports: the frame guards it and serves it over gRPC
// and REST.
package cloudbuild

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

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/grpc"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/metadata"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/storage"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// Config is what the emulator works with. Dir and Store are required.
type Config struct {
	Dir   string         // state: builds, their workspaces while they run, credentials
	Store *storage.Store // has the sources, gets the logs
	Logs  Logs           // gets the logs, too; nil: none does

	Executor      worker.Executor // nil = the real one
	Docker        *docker.Client  // nil: steps that are containers fail
	DockerCommand string          // the docker client for the docker builder's steps
	DockerSocket  string          // "" = the one that Docker uses
	Network       string          // of step containers; "" = cloudbuild, as at Google

	RegistryHost string                      // the local registry, host:port
	Token        func(account string) string // an access token of a build's account: for RegistryHost, and in the build's home; nil = none
	HostNetwork  func(image string) bool     // the builder image: its steps get the host's network
	ExtraEnv     []string                    // and these variables
	// Instance is what the metadata server tells the steps of a build; nil = there is none.
	Instance func(*cloudbuildpb.Build) metadata.Instance
	Secrets  worker.SecretSource // nil: builds with availableSecrets are refused

	Allow    frame.Allow    // decides who may build as an account; nil: everybody
	Projects frame.Projects // says whom builds run as that name nobody

	Parallel int              // builds that run at once; 0 = 4
	Now      func() time.Time // nil = the system's clock
	Log      *slog.Logger     // nil = none
	StateID  string           // the value of docker.Label on containers
}

// Label is set on a build's containers beside docker.Label; its value is the
// build's id.
const Label = docker.Label + ".build"

// keepBuilds is how many finished builds outlive a restart.
const keepBuilds = 1000

// stoppedDetail is the statusDetail of a build that the emulator's end cut off.
const stoppedDetail = "the emulator stopped while this build was running"

var (
	errCancelled = errors.New("the build was cancelled")
	errClosing   = errors.New(stoppedDetail)
)

// Server is the emulator. Its methods are safe for concurrent use.
type Server struct {
	cloudbuildpb.UnimplementedCloudBuildServer
	Faults Faults // what to get wrong, for tests

	cfg      Config
	exec     worker.Executor
	machines *machines

	dockerImage sync.Mutex // while the docker builder's image is made

	mu      sync.Mutex
	builds  map[string]*record
	queue   []*record
	running int
	closing bool
	work    sync.WaitGroup // builds and what is cleaned up after them
}

var _ cloudbuildpb.CloudBuildServer = (*Server)(nil)

// record is one build. Its message is replaced, never altered, so it may be
// handed out without a copy.
type record struct {
	build   *cloudbuildpb.Build
	request *cloudbuildpb.CreateBuildRequest // as it came, for RetryBuild
	ctx     context.Context
	cancel  context.CancelCauseFunc
	done    chan struct{} // closed when the build is over
	expiry  *time.Timer
}

// New opens the state in cfg.Dir. Builds that were queued or working when the
// last process ended become INTERNAL_ERROR, and what is left of them is
// removed.
func New(cfg Config) (*Server, error) {
	if cfg.Parallel == 0 {
		cfg.Parallel = 4
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logs == nil {
		cfg.Logs = noLogs{}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Network == "" {
		cfg.Network = "cloudbuild"
	}
	if socket, ok := cfg.socket(); ok && cfg.DockerSocket == "" {
		cfg.DockerSocket = socket
	}
	if cfg.Executor == nil {
		cfg.Executor = worker.NewExecutor()
	}
	s := &Server{cfg: cfg, builds: map[string]*record{}}
	s.exec, s.machines = holding{cfg.Executor, &s.Faults}, newMachines(&s.cfg)
	for _, dir := range []string{s.buildsDir(), s.workDir()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("opening the Cloud Build emulator: %w", err)
		}
	}
	if err := s.load(); err != nil {
		return nil, fmt.Errorf("opening the Cloud Build emulator: %w", err)
	}
	return s, nil
}

// socket is the path of the Unix socket that Docker is reached by.
func (c Config) socket() (string, bool) {
	if c.Docker == nil {
		return "", false
	}
	return strings.CutPrefix(c.Docker.Host(), "unix://")
}

// Register adds the service to a gRPC server.
func (s *Server) Register(g *grpc.Server) { cloudbuildpb.RegisterCloudBuildServer(g, s) }

// Close cancels what runs and waits until all of it has ended and been tidied
// away, or ctx is over. No build can be created after it.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closing = true
	for _, r := range s.builds {
		if !over(r.build) {
			r.cancel(errClosing)
		}
	}
	queued := s.queue
	s.queue = nil
	s.mu.Unlock()
	for _, r := range queued {
		s.abandon(r, cloudbuildpb.Build_CANCELLED, stoppedDetail)
	}
	ended := make(chan struct{})
	go func() {
		s.work.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		s.machines.close()
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for builds to stop: %w", context.Cause(ctx))
	}
}

func (s *Server) buildsDir() string { return filepath.Join(s.cfg.Dir, "builds") }
func (s *Server) workDir() string   { return filepath.Join(s.cfg.Dir, "work") }

// over says whether a build has reached its end.
func over(b *cloudbuildpb.Build) bool {
	return b.Status != cloudbuildpb.Build_QUEUED && b.Status != cloudbuildpb.Build_WORKING
}
