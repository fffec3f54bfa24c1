// Package emulator serves Cloud Build, Artifact Registry with its docker
// registry, Cloud Storage, Secret Manager, Cloud Run and the logs of its services, Cloud Scheduler,
// and what a project is made of (its APIs, accounts and policies) on one loopback port, over Google's own wire formats (gRPC and REST), so that the
// production clients and the real gcloud run against it. This package has
// the table of them (services.go) and what surrounds them: listening, guards,
// routing, transcoding and the proxy for gcloud; what a service does is in its own
// package below. They share no code with the clients, so that one misreading of an
// API cannot hide in both.
//
// The services start containers for whoever may call them, so nobody may but
// the owner: see guard.go for what is refused.
package emulator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/iam"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/rights"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/serviceusage"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Options are what Start needs. Dir is required.
type Options struct {
	Dir           string                           // state; one server at a time may use it
	Addr          string                           // 127.0.0.1:PORT; "" or port 0: the port of the last time, else a free one
	Docker        *docker.Client                   // runs builds' steps and services; nil: those fail, each with an error that says so
	DockerCommand string                           // the docker client that can build, for the docker builder's steps
	Executor      worker.Executor                  // runs steps; nil: the real one, on Docker
	Containers    frame.Containers                 // runs services; nil: Docker
	Now           func() time.Time                 // nil: time.Now
	At            func(time.Time) <-chan time.Time // tells when Now shows a time; nil: the system's timers
	Log           *slog.Logger                     // nil: nothing is logged
	Projects      frame.Projects                   // what projects are like
	Rights        bool                             // callers other than the owner may do only what policies let them
	// StateID names the state in labels of containers; "" keeps the one in Dir,
	// which is made up at the first start.
	StateID string
}

// Server is the running emulators.
type Server struct {
	state    *state
	projects frame.Projects
	tokens   frame.Tokens
	services []frame.Service // as in the table
	enforce  bool
	usage    *serviceusage.Server
	policies *rights.Store
	accounts *iam.Server
	grpc     *grpc.Server
	rest     http.Handler
	proxy    *proxy
	http     *http.Server
	log      *slog.Logger
	calls    calls
	disturb  atomic.Pointer[func(Call) fault.Trouble]
	cancel   context.CancelFunc
	closing  sync.Once
	done     chan struct{}
	err      error // of serving, then of closing; read after done
}

// Start opens the state under o.Dir and serves until Close or until ctx ends.
func Start(ctx context.Context, o Options) (_ *Server, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	st, err := openState(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("starting the emulators: %w", err)
	}
	s := &Server{state: st, projects: o.Projects, enforce: o.Rights, tokens: frame.Tokens{Secret: st.token, Now: o.Now}, log: o.Log, done: make(chan struct{})}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("starting the emulators: %w", err), s.release(context.WithoutCancel(ctx)))
		}
	}()
	if err = s.openServices(o); err != nil {
		return nil, err
	}
	if err = s.startAPI(); err != nil {
		return nil, err
	}
	if s.proxy, err = newProxy(o.Dir, o.Now, o.Log, http.HandlerFunc(s.serveProxied)); err != nil {
		return nil, err
	}
	// Requests live as long as the server, not as long as the context it was
	// started with: Close drains them.
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.cancel = cancel
	s.http = newHTTPServer(base, http.HandlerFunc(s.serve))
	s.http.Protocols.SetUnencryptedHTTP2(true)
	go s.run()
	context.AfterFunc(ctx, func() {
		drain, stop := context.WithTimeout(base, 10*time.Second)
		defer stop()
		_ = s.Close(drain)
	})
	return s, nil
}

// run serves until the listener is closed.
func (s *Server) run() {
	err := s.http.Serve(s.state.listener)
	if !errors.Is(err, http.ErrServerClosed) {
		s.log.Error("emulators stopped serving", "error", err)
		s.finish(context.Background(), err)
	}
}

// URL is where all services are, with a slash at its end.
func (s *Server) URL() string { return "http://" + s.state.addr + "/" }

// Addr is the host:port that is served.
func (s *Server) Addr() string { return s.state.addr }

// Token is a token of an identity, by the name of a policy's member, as
// user:ada@example.com, for as long as Google's last.
func (s *Server) Token(member string) string {
	return s.tokens.Access(member, s.tokens.Now().Add(time.Hour))
}

// TokenOf is Token, of the state that has a TokenFile.
func TokenOf(file, member string) (string, error) {
	if !rights.Identity(member) {
		return "", errs.New(errs.Usage, "Name an identity as policies do: `gcpdeploy local token --help`.", "%q is no identity", member)
	}
	owner, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("reading the emulators' token: %w", err)
	}
	return frame.Tokens{Secret: string(owner), Now: time.Now}.Access(member, time.Now().Add(time.Hour)), nil
}

// TokenFile is the file, readable by its owner only, of the token that every
// call must carry.
func (s *Server) TokenFile() string { return s.state.path("token") }

// CAFile is the certificate that clients of the CONNECT proxy must trust.
func (s *Server) CAFile() string { return s.state.path("ca.pem") }

// DockerConfigDir is a DOCKER_CONFIG folder that may push to the registry.
func (s *Server) DockerConfigDir() string { return s.state.path("docker") }

// StateID names this state in the labels of what the services make.
func (s *Server) StateID() string { return s.state.id }

// Close stops the services, lets running requests end as long as ctx allows,
// and frees port and state. Further calls wait for the first.
func (s *Server) Close(ctx context.Context) error {
	s.finish(ctx, nil)
	return s.Wait()
}

// Wait blocks until the server has ended, and says why it did if it was not
// asked to.
func (s *Server) Wait() error {
	<-s.done
	return s.err
}

func (s *Server) finish(ctx context.Context, cause error) {
	s.closing.Do(func() {
		s.err = errors.Join(cause, s.release(ctx))
		close(s.done)
	})
}

// release undoes Start, as far as it came. Services end first, as running builds
// need storage and registry until they are stopped.
func (s *Server) release(ctx context.Context) error {
	errs := []error{s.stopServices(ctx)}
	if s.cancel != nil {
		errs = append(errs, shutdown(ctx, s.proxy.http), shutdown(ctx, s.http))
		s.cancel()
	}
	if s.proxy != nil {
		errs = append(errs, s.proxy.Close())
	}
	if s.grpc != nil {
		s.grpc.Stop()
	}
	return errors.Join(append(errs, s.closeServices(ctx), s.state.Close())...)
}
