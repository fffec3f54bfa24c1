package container

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
)

// Probe is what a container is asked again and again, in Google's terms.
type Probe struct {
	Kind                   Kind
	Port                   int
	Path                   string // of HTTP
	Header                 http.Header
	Service                string // of GRPC
	Delay, Timeout, Period time.Duration
	Failures               int  // in a row, that count
	Readiness              bool // who fails gets no requests; else it is ended
}

// Kind is how a Probe asks, as logs write it.
type Kind string

// Kinds of Probes. TCP means that it must take a connection.
const (
	TCP  Kind = "TCP"
	HTTP Kind = "HTTP"
	GRPC Kind = "GRPC"
)

// Ask asks once: a container one of whose ports is at base, host:port.
func (p Probe) Ask(ctx context.Context, base string) error {
	host, _, err := net.SplitHostPort(base)
	if err != nil {
		return err
	}
	return p.once(ctx, host)
}

func (p Probe) once(ctx context.Context, host string) error {
	ctx, cancel := context.WithTimeout(ctx, p.Timeout)
	defer cancel()
	addr := net.JoinHostPort(host, strconv.Itoa(p.Port))
	switch p.Kind {
	case HTTP:
		return Get(ctx, addr, p.Path, p.Header, p.Timeout, 399)
	case GRPC:
		return healthy(ctx, addr, p.Service)
	}
	return dial(ctx, addr, false)
}

// limit is how long it may fail at first.
func (p Probe) limit() time.Duration { return p.Delay + time.Duration(p.Failures)*p.Period }

// healthy asks for the health that servers of gRPC tell
// (github.com/grpc/grpc/blob/master/doc/health-checking.md).
func healthy(ctx context.Context, addr, service string) error {
	conn, err := grpc.NewClient("passthrough:///"+addr, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithNoProxy())
	if err != nil {
		return err
	}
	defer conn.Close()
	res, err := grpc_health_v1.NewHealthClient(conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: service})
	if err != nil {
		return err
	}
	if s := res.GetStatus(); s != grpc_health_v1.HealthCheckResponse_SERVING {
		return errors.New("it says " + s.String())
	}
	return nil
}

// failed is what Cloud Run's log says of it.
func (p Probe) failed(container string) string {
	times, path := "times", ""
	if p.Failures == 1 {
		times = "time"
	}
	if p.Kind == HTTP {
		path = fmt.Sprintf(" path %q", p.Path)
	}
	if container != "" {
		container = fmt.Sprintf(" for container %q", container)
	}
	return fmt.Sprintf("%s probe failed %d %s consecutively%s on port %d%s.", p.Kind, p.Failures, times, container, p.Port, path)
}

// tend asks a container its probes until it ends. What comes of it is of the whole that
// it belongs to.
func (in *Instance) tend(whole, b *Box, probes []Probe) {
	for _, p := range probes {
		in.Host.Go(func() {
			failures, down := 0, false
			for wait := p.Delay + p.Period; in.later(b, wait); wait = p.Period {
				failed := p.once(in.Host.ctx, b.host) != nil
				if failures++; !failed {
					failures = 0
				}
				switch enough := failures >= p.Failures; {
				case b.stopped.Load():
				case p.Readiness && down != enough && (!down || !failed):
					if down = !down; down {
						in.note("READINESS " + p.failed("") + " The instance gets no requests until it succeeds.")
					}
					in.hush(whole, down)
				case !p.Readiness && enough:
					in.note("LIVENESS " + p.failed("") + " The instance has been shut down.")
					in.forget(whole)
					b.stopped.Store(true)
					if err := in.Host.Docker.Stop(context.WithoutCancel(in.Host.ctx), b.id, 0); err != nil {
						in.Host.Log.Warn("stopping a container", "revision", in.Maker.Terms().Name, "error", err)
					}
				}
			}
		})
	}
}

// later waits for the next time that a container is asked; false when it has ended.
func (in *Instance) later(b *Box, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-b.ended:
	case <-in.Host.ctx.Done():
	case <-timer.C:
		return true
	}
	return false
}

// hush keeps requests waiting for a container, or lets them come again when all who told
// to keep them say so.
func (in *Instance) hush(b *Box, down bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if down {
		if b.down++; b.down == 1 {
			b.unready = make(chan struct{})
		}
		return
	}
	if b.down--; b.down == 0 {
		close(b.unready)
		b.unready = nil
	}
}
