package run

import (
	"context"
	"errors"
	"net/http"
	"net/http/httputil"
	"sync"
	"sync/atomic"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// errRetired says that a revision does not serve any more: look for the route again.
var errRetired = errors.New("the revision has no traffic any more")

// instance is the one container that a revision runs in, when it runs.
type instance struct {
	rev *revision
	srv *Server

	mu       sync.Mutex
	wanted   bool
	box      *box     // ready to serve
	starting *attempt // under way
}

// box is one running container.
type box struct {
	id        string
	proxy     *httputil.ReverseProxy
	transport *http.Transport
	stopped   atomic.Bool   // by us
	ended     chan struct{} // closed when the container has ended and its log is written
	gone      chan struct{} // closed when it is removed
	code      int           // its exit code, once ended

	inflight int           // requests, guarded by instance.mu
	idle     chan struct{} // set by retire; closed when inflight is 0
}

// attempt is one start of a container; its result is there when done closes.
type attempt struct {
	done   chan struct{}
	fail   *failure
	cancel context.CancelFunc
}

// want lets requests start the container.
func (in *instance) want() {
	in.mu.Lock()
	in.wanted = true
	in.mu.Unlock()
}

// running says whether a container is ready.
func (in *instance) running() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.box != nil
}

// start brings the container up, or joins who does, and waits until it serves.
func (in *instance) start(ctx context.Context) *failure {
	for {
		in.mu.Lock()
		in.wanted = true
		if in.box != nil {
			in.mu.Unlock()
			return nil
		}
		a := in.begin()
		in.mu.Unlock()
		select {
		case <-a.done:
			return a.fail
		case <-ctx.Done():
			return internal(in.rev, "waiting for the container", context.Cause(ctx))
		}
	}
}

// acquire gives the running container for one request, starting it if it
// sleeps; release must follow.
func (in *instance) acquire(ctx context.Context) (*box, error) {
	for {
		in.mu.Lock()
		if !in.wanted {
			in.mu.Unlock()
			return nil, errRetired
		}
		if b := in.box; b != nil {
			b.inflight++
			in.mu.Unlock()
			return b, nil
		}
		a := in.begin()
		in.mu.Unlock()
		select {
		case <-a.done:
			if a.fail != nil {
				return nil, a.fail
			}
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

func (in *instance) release(b *box) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if b.inflight--; b.inflight == 0 && b.idle != nil {
		close(b.idle)
	}
}

// begin starts the container unless that is under way; the caller holds mu.
func (in *instance) begin() *attempt {
	if in.starting != nil {
		return in.starting
	}
	ctx, cancel := context.WithCancel(in.srv.ctx)
	a := &attempt{done: make(chan struct{}), cancel: cancel}
	in.starting = a
	in.srv.spawn(func() {
		b, fail := in.launch(ctx)
		if fail != nil && fail.Detail != "" {
			in.srv.logLine(in.rev, "system", fail.Detail)
		}
		in.mu.Lock()
		in.starting = nil
		late := b != nil && !in.wanted // retired meanwhile
		if b != nil && !late {
			in.box = b
		}
		a.fail = fail
		in.mu.Unlock()
		cancel()
		if late {
			in.stop(b, 0)
		} else if b != nil {
			in.watch(b)
		}
		close(a.done)
	})
	return a
}

// spawn runs f beside, unless the server is closing; Close waits for it.
func (s *Server) spawn(f func()) {
	s.work.Go(f)
}

// container is the Docker container of a revision.
func (in *instance) container(image string, env []string) docker.Container {
	r, c := in.rev, in.rev.template.GetContainers()[0]
	k := docker.Container{
		Image: image, Name: "gcpdeploy-" + r.id() + "-" + uuid()[:4],
		Entrypoint: c.GetCommand(), Cmd: c.GetArgs(), Env: env, WorkDir: c.GetWorkingDir(),
		PublishPort: int(c.GetPorts()[0].GetContainerPort()),
		Labels:      map[string]string{docker.Label: in.srv.cfg.StateID, labelService: r.pb.GetService(), labelRevision: r.id()},
	}
	memory, _ := parseQuantity(c.GetResources().GetLimits()["memory"])
	cpu, _ := parseQuantity(c.GetResources().GetLimits()["cpu"])
	k.Memory, k.CPUs = int64(memory), min(cpu, cpus())
	return k
}
