package container

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
)

// Between two tries of a start: at first nearly at once, so that starting adds no
// wait of its own.
const (
	firstPause = 2 * time.Millisecond
	lastPause  = 20 * time.Millisecond
)

// probe waits until the container is ready, and gives the host:port that it was
// reached at. Its network is that of a container, itself or another.
func (in *Instance) probe(ctx context.Context, b *Box, network string) (string, error) {
	m, t := in.Maker, in.Maker.Terms()
	state, err := in.Host.Docker.Inspect(ctx, network)
	if err != nil {
		return "", m.Failed("inspecting the container", err)
	}
	ctx, cancel := context.WithTimeout(ctx, t.Limit)
	defer cancel()
	pause, times := firstPause, 0
	for {
		base, err := in.try(ctx, state.IP, state.HostPort)
		if times++; err != nil {
			times = 0
		}
		if err == nil && times >= t.Times {
			return base, nil
		}
		timer := time.NewTimer(pause)
		select {
		case <-b.ended:
			timer.Stop()
			return "", m.Exited(b.code)
		case <-ctx.Done():
			timer.Stop()
			return "", m.Unready(fmt.Sprintf("The startup probe of port %d failed for %v: %v.", t.Port, t.Limit, err))
		case <-timer.C:
		}
		pause = min(pause*3/2, lastPause)
	}
}

// try probes once, at the container's own address, or where that cannot be
// reached (rootless Docker, Docker Desktop) through its published port.
func (in *Instance) try(ctx context.Context, ip string, hostPort int) (string, error) {
	base := net.JoinHostPort(ip, strconv.Itoa(in.Maker.Terms().Port))
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
	return base, in.Maker.Ready(ctx, base)
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

// Get is one probe over HTTP, as Google's health checks make it: 200 to most is healthy.
func Get(ctx context.Context, base, path string, header http.Header, timeout time.Duration, most int) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+base+path, nil)
	if err != nil {
		return err
	}
	for name, values := range header {
		req.Header[name] = values
	}
	req.Host = header.Get("Host")
	req.Header.Set("User-Agent", "GoogleHC/1.0")
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode > most || res.StatusCode < 200 {
		return fmt.Errorf("%s answered %s", path, res.Status)
	}
	return nil
}
