package run

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"syscall"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"
)

// Between two tries of the startup probe: at first nearly at once, so that
// starting adds no wait of its own.
const (
	firstPause = 2 * time.Millisecond
	lastPause  = 20 * time.Millisecond
)

// probe waits until the container listens, and gives the host:port that it
// was reached at.
func (in *instance) probe(ctx context.Context, b *box) (string, *failure) {
	c := in.rev.template.GetContainers()[0]
	p := c.GetStartupProbe()
	limit := min(in.srv.cfg.StartTimeout, time.Duration(p.GetInitialDelaySeconds()+p.GetPeriodSeconds()*p.GetFailureThreshold())*time.Second)
	state, err := in.srv.cfg.Docker.Inspect(ctx, b.id)
	if err != nil {
		return "", internal(in.rev, "inspecting the container", err)
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	exited := func() *failure {
		return unhealthy(in.rev, in.port(), fmt.Sprintf("The container exited with code %d before it listened on port %d.", b.code, in.port()))
	}
	pause := firstPause
	for {
		base, err := in.try(ctx, state.IP, state.HostPort, p)
		if err == nil {
			return base, nil
		}
		t := time.NewTimer(pause)
		select {
		case <-b.ended:
			t.Stop()
			return "", exited()
		case <-ctx.Done():
			t.Stop()
			return "", unhealthy(in.rev, in.port(), fmt.Sprintf("The startup probe of port %d failed for %v: %v.", in.port(), limit, err))
		case <-t.C:
		}
		pause = min(pause*3/2, lastPause)
	}
}

// try probes once, at the container's own address, or where that cannot be
// reached (rootless Docker, Docker Desktop) through its published port.
func (in *instance) try(ctx context.Context, ip string, hostPort int, p *runpb.Probe) (string, error) {
	base := net.JoinHostPort(ip, strconv.Itoa(int(in.port())))
	err := errUnreachable
	if ip != "" {
		err = dial(ctx, base, false)
	}
	if err != nil && !errors.Is(err, syscall.ECONNREFUSED) && hostPort != 0 {
		base = net.JoinHostPort("127.0.0.1", strconv.Itoa(hostPort))
		err = dial(ctx, base, true)
	}
	if err != nil {
		return "", err
	}
	if h := p.GetHttpGet(); h != nil {
		return base, get(ctx, base, h, time.Duration(p.GetTimeoutSeconds())*time.Second)
	}
	return base, nil
}

var errUnreachable = errors.New("the container has no address")

// dial connects once. Docker's proxy takes connections for a container that
// does not listen, and drops them: through it, the connection must stay.
func dial(ctx context.Context, addr string, proxied bool) error {
	d := net.Dialer{Timeout: time.Second}
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if !proxied {
		return nil
	}
	if err := c.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		return err
	}
	if _, err = c.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	return err
}

// get is one HTTP probe; 200 to 399 is healthy.
func get(ctx context.Context, base string, h *runpb.HTTPGetAction, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+base+h.GetPath(), nil)
	if err != nil {
		return err
	}
	for _, kv := range h.GetHttpHeaders() {
		req.Header.Add(kv.GetName(), kv.GetValue())
	}
	req.Header.Set("User-Agent", "GoogleHC/1.0")
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode >= 400 || res.StatusCode < 200 {
		return fmt.Errorf("%s answered %s", h.GetPath(), res.Status)
	}
	return nil
}
