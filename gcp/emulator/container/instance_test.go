package container_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/container"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// engine is a Docker whose containers are servers in this process, one after the other:
// each says which it is.
type engine struct {
	frame.Containers
	handler http.Handler // of all; nil: they say who they are
	port    int          // of all, one after the other; 0: each has one of its own

	mu  sync.Mutex
	all []*server
}

type server struct {
	*http.Server
	addr  *net.TCPAddr
	ended chan struct{}
	end   func()
}

func (e *engine) Create(context.Context, docker.Container) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := len(e.all)
	h := e.handler
	if h == nil {
		h = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, n) })
	}
	s := &server{Server: &http.Server{Handler: h}, ended: make(chan struct{})}
	s.end = sync.OnceFunc(func() { s.Close(); close(s.ended) })
	e.all = append(e.all, s)
	return strconv.Itoa(n), nil
}

func (e *engine) of(id string) *server {
	e.mu.Lock()
	defer e.mu.Unlock()
	n, _ := strconv.Atoi(id)
	return e.all[n]
}

func (e *engine) Start(_ context.Context, id string) error {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", e.port))
	if err != nil {
		return err
	}
	s := e.of(id)
	s.addr = l.Addr().(*net.TCPAddr)
	go func() { _ = s.Serve(l) }()
	return nil
}

func (e *engine) Inspect(_ context.Context, id string) (docker.State, error) {
	return docker.State{HostPort: e.of(id).addr.Port}, nil
}

func (e *engine) Wait(_ context.Context, id string) (int, error) { <-e.of(id).ended; return 137, nil }

func (e *engine) Stop(_ context.Context, id string, _ time.Duration) error {
	e.of(id).end()
	return nil
}

func (e *engine) Remove(context.Context, string) error { return nil }

func (e *engine) LogStream(_ context.Context, id string, _ docker.LogOptions, _, _ io.Writer) error {
	<-e.of(id).ended
	return nil
}

// app is what an instance is of.
type app struct{ terms container.Terms }

func (a app) Terms() container.Terms { return a.terms }
func (app) Make(context.Context) (container.Pod, error) {
	return container.Alone(docker.Container{}), nil
}
func (app) Ready(context.Context, string) error  { return nil }
func (app) Exited(code int) error                { return fmt.Errorf("exited with %d", code) }
func (app) Unready(detail string) error          { return errors.New(detail) }
func (app) Failed(doing string, err error) error { return fmt.Errorf("%s: %w", doing, err) }

// free is a port that nobody listens on.
func free(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// instance is one of containers of an engine, and a function that asks it as often as
// is needed.
func instance(t *testing.T, e *engine, probes ...container.Probe) (in *container.Instance, ask func() (status int, body string)) {
	t.Helper()
	if len(probes) > 0 {
		e.port = free(t)
	}
	for n := range probes {
		probes[n].Port = e.port
	}
	h := (&container.Host{Docker: e, Now: time.Now, Log: slog.New(slog.DiscardHandler)}).Open()
	in = &container.Instance{Host: h, Maker: app{container.Terms{
		Name: "app", Limit: time.Hour, Log: container.Log(filepath.Join(t.TempDir(), "app.log")), Probes: probes,
		Refuse: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		},
	}}}
	if err := in.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		h.Close()
		in.Retire(0)
		if err := h.Wait(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return in, func() (int, string) {
		for {
			b, err := in.Acquire(t.Context())
			if err != nil {
				t.Error(err)
				return 0, ""
			}
			w := httptest.NewRecorder()
			served := in.Serve(b, w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
			in.Release(b)
			if served {
				return w.Code, w.Body.String()
			}
		}
	}
}

// TestGone: no request is lost when its container has ended before it took it, however
// late that is known.
func TestGone(t *testing.T) {
	t.Parallel()
	e := &engine{}
	_, ask := instance(t, e)
	for n := range 20 {
		for range 20 {
			if status, body := ask(); status != http.StatusOK || body != strconv.Itoa(n) {
				t.Fatalf("%d: %d %s", n, status, body)
			}
		}
		e.of(strconv.Itoa(n)).Close() // its port; that it has ended nobody has said
	}
}

// TestLiveness: a container that does not answer its probe is ended, and another begins.
func TestLiveness(t *testing.T) {
	t.Parallel()
	var sick atomic.Bool
	e := &engine{}
	e.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/live" && sick.CompareAndSwap(true, false) {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	probe := container.Probe{Kind: container.HTTP, Path: "/live", Timeout: time.Hour, Period: time.Millisecond, Failures: 1}
	_, ask := instance(t, e, probe)
	if status, _ := ask(); status != http.StatusOK {
		t.Errorf("%d", status)
	}
	sick.Store(true)
	<-e.of("0").ended
	if status, _ := ask(); status != http.StatusOK {
		t.Errorf("after its end: %d", status)
	}
}

// TestReadiness: requests wait while a container is not ready for them.
func TestReadiness(t *testing.T) {
	t.Parallel()
	var busy atomic.Bool
	seen := make(chan bool)
	e := &engine{}
	e.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/ready" {
			return
		}
		if busy.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		select {
		case seen <- true:
		default:
		}
	})
	in, ask := instance(t, e, container.Probe{Kind: container.HTTP, Path: "/ready", Timeout: time.Hour, Period: time.Millisecond, Failures: 2, Readiness: true})
	busy.Store(true)
	for range 4 { // the last two of which have failed, and been counted
		<-seen
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := in.Acquire(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a request came: %v", err)
	}
	busy.Store(false)
	if status, _ := ask(); status != http.StatusOK {
		t.Errorf("%d", status)
	}
}
