package container

import (
	"context"
	"errors"
	"net/http"
	"net/http/httputil"
	"sync"
	"sync/atomic"
	"time"
)

// ErrRetired says that an instance does not serve any more: look for the route again.
var ErrRetired = errors.New("the revision has no traffic any more")

// Maker says what the container of an instance is, and what can be wrong with it in
// the service's words.
type Maker interface {
	Terms() Terms
	// Make gives what it is made of, whose images are there.
	Make(ctx context.Context) (Pod, error)
	// Ready asks a container that listens at base, host:port.
	Ready(ctx context.Context, base string) error
	// Exited is the failure of a container that ends before it is ready, Unready of one
	// that does not get so for another reason, Failed of what could not be done to it.
	Exited(code int) error
	Unready(detail string) error
	Failed(doing string, err error) error
}

// detailed is an error that has something to say in the container's log.
type detailed interface {
	error
	Details() string
}

// Terms are what a service runs a container under.
type Terms struct {
	Name   string        // of the revision, for the emulators' own log
	Port   int           // that it listens on
	H2C    bool          // it speaks HTTP/2 without TLS
	Limit  time.Duration // for getting ready
	Times  int           // how often in a row it must be ready; 0 = once
	Grace  time.Duration // between the signal that ends it and the one that kills it
	Memory string        // its limit, as users write it
	Log    Log
	Probes []Probe // that it is asked while it serves
	// Refuse answers a request that its container does not answer.
	Refuse func(w http.ResponseWriter, r *http.Request, err error)
}

// Instance is what a revision runs in, when it runs: a container, or a Pod of several.
type Instance struct {
	Host  *Host
	Maker Maker

	mu       sync.Mutex
	wanted   bool
	box      *Box     // ready to serve
	starting *attempt // under way
}

// Box is one running container, with those beside it.
type Box struct {
	id        string
	beside    []*Box // the others of its Pod
	host      string // where its ports are
	proxy     *httputil.ReverseProxy
	transport *http.Transport
	stopped   atomic.Bool   // by us
	ended     chan struct{} // closed when the container has ended and its log is written
	gone      chan struct{} // closed when it is removed
	code      int           // its exit code, once ended

	inflight int           // requests, guarded by Instance.mu
	idle     chan struct{} // set by Retire; closed when inflight is 0
	down     int           // probes that say it is not ready
	unready  chan struct{} // while there are such; closed when there are none
}

// ServeHTTP hands a request to the container.
func (b *Box) ServeHTTP(w http.ResponseWriter, r *http.Request) { b.proxy.ServeHTTP(w, r) }

// lost is the key of a flag in a request's context.
type lost struct{}

// Serve is ServeHTTP but where the container has gone before it took the request: then
// nothing is answered, and another may have it.
func (in *Instance) Serve(b *Box, w http.ResponseWriter, r *http.Request) bool {
	if r.ContentLength != 0 {
		b.ServeHTTP(w, r) // its body can be read once
		return true
	}
	var gone bool
	b.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), lost{}, &gone)))
	if gone && in.forget(b) {
		in.Host.Go(func() { in.stop(b, 0) }) // it may have closed its port only
	}
	return !gone
}

// attempt is one start of a container; its result is there when done closes.
type attempt struct {
	done   chan struct{}
	err    error
	cancel context.CancelFunc
}

// Want lets requests start the container.
func (in *Instance) Want() {
	in.mu.Lock()
	in.wanted = true
	in.mu.Unlock()
}

// Running says whether a container is ready.
func (in *Instance) Running() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.box != nil
}

// Start brings the container up, or joins who does, and waits until it serves.
func (in *Instance) Start(ctx context.Context) error {
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
			return a.err
		case <-ctx.Done():
			return in.Maker.Failed("waiting for the container", context.Cause(ctx))
		}
	}
}

// Acquire gives the running container for one request, starting it if it
// sleeps; Release must follow.
func (in *Instance) Acquire(ctx context.Context) (*Box, error) {
	for {
		in.mu.Lock()
		if !in.wanted {
			in.mu.Unlock()
			return nil, ErrRetired
		}
		if b := in.box; b != nil && b.unready == nil {
			b.inflight++
			in.mu.Unlock()
			return b, nil
		} else if b != nil {
			again := b.unready
			in.mu.Unlock()
			select {
			case <-again:
			case <-b.ended:
				in.forget(b)
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
			continue
		}
		a := in.begin()
		in.mu.Unlock()
		select {
		case <-a.done:
			if a.err != nil {
				return nil, a.err
			}
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// Release gives back what Acquire gave.
func (in *Instance) Release(b *Box) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if b.inflight--; b.inflight == 0 && b.idle != nil {
		close(b.idle)
	}
}

// begin starts the container unless that is under way; the caller holds mu.
func (in *Instance) begin() *attempt {
	if in.starting != nil {
		return in.starting
	}
	ctx, cancel := context.WithCancel(in.Host.ctx)
	a := &attempt{done: make(chan struct{}), cancel: cancel}
	in.starting = a
	in.Host.Go(func() {
		b, err := in.launch(ctx)
		if d, ok := errors.AsType[detailed](err); ok && d.Details() != "" {
			in.note(d.Details())
		}
		in.mu.Lock()
		in.starting = nil
		late := b != nil && !in.wanted // retired meanwhile
		if b != nil && !late {
			in.box = b
		}
		a.err = err
		in.mu.Unlock()
		cancel()
		if late {
			in.stop(b, 0)
		} else if b != nil {
			in.watch(b)
			in.tend(b, b, in.Maker.Terms().Probes)
		}
		close(a.done)
	})
	return a
}

// note appends a line of the emulator's own to the log.
func (in *Instance) note(text string) {
	t := in.Maker.Terms()
	if err := t.Log.Add(in.Host.Now(), text); err != nil {
		in.Host.Log.Warn("writing a log", "revision", t.Name, "error", err)
	}
}
