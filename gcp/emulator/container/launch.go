package container

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"syscall"
	"time"
)

var quiet = log.New(io.Discard, "", 0)

// launch creates, starts and probes a container.
func (in *Instance) launch(ctx context.Context) (*Box, error) {
	h, m := in.Host, in.Maker
	if h.Docker == nil {
		return nil, m.Failed("starting the container", ErrNoDocker)
	}
	pod, err := m.Make(ctx)
	if err != nil {
		return nil, err
	}
	if len(pod.Containers) > 1 || len(pod.Volumes) > 0 {
		return in.raise(ctx, pod)
	}
	id, err := h.Docker.Create(ctx, pod.Containers[0].Container)
	if err != nil {
		return nil, m.Failed("creating the container", err)
	}
	if err := h.Docker.Start(ctx, id); err != nil {
		h.Remove(id)
		// The daemon reports a command that does not exist here.
		return nil, m.Unready(err.Error())
	}
	b := in.follow(id, time.Time{})
	base, err := in.probe(ctx, b, id)
	if err != nil {
		h.Go(func() { in.stop(b, 0) }) // it may take its time
		return nil, err
	}
	in.serve(b, base)
	return b, nil
}

// follow copies the log of a container and waits for its end.
func (in *Instance) follow(id string, since time.Time) *Box {
	h, t := in.Host, in.Maker.Terms()
	b := &Box{id: id, ended: make(chan struct{}), gone: make(chan struct{}), transport: &http.Transport{MaxIdleConnsPerHost: 100, DisableCompression: true}}
	logged := make(chan struct{})
	ctx := context.WithoutCancel(h.ctx)
	h.Go(func() {
		defer close(logged)
		if err := t.Log.copy(ctx, h.Docker, id, since); err != nil {
			h.Log.Warn("copying a log", "revision", t.Name, "error", err)
		}
	})
	h.Go(func() {
		defer close(b.gone)
		code, err := h.Docker.Wait(ctx, id)
		if err != nil {
			h.Log.Warn("waiting for a container", "revision", t.Name, "error", err)
			close(b.ended)
			return
		}
		b.code = code
		select {
		case <-logged:
		case <-time.After(2 * time.Second):
		}
		if state, err := h.Docker.Inspect(ctx, id); err == nil && state.OOMKilled {
			in.note("Memory limit of " + t.Memory + " exceeded.")
		}
		if !b.stopped.Load() {
			in.note(fmt.Sprintf("Container called exit(%d).", code))
		}
		close(b.ended)
		h.Remove(id)
	})
	return b
}

// serve makes the proxy to a container that listens at base.
func (in *Instance) serve(b *Box, base string) {
	target, t := &url.URL{Scheme: "http", Host: base}, in.Maker.Terms()
	b.host, _, _ = net.SplitHostPort(base)
	if t.H2C {
		b.transport.Protocols = new(http.Protocols)
		b.transport.Protocols.SetUnencryptedHTTP2(true)
	}
	b.proxy = &httputil.ReverseProxy{
		Transport: b.transport, FlushInterval: -1, ErrorLog: quiet,
		Rewrite: func(pr *httputil.ProxyRequest) {
			pr.SetURL(target)
			pr.Out.Host = pr.In.Host
			pr.Out.Header["X-Forwarded-For"] = pr.In.Header["X-Forwarded-For"]
			pr.SetXForwarded()
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if gone, ok := r.Context().Value(lost{}).(*bool); ok && errors.Is(err, syscall.ECONNREFUSED) {
				*gone = true
				return
			}
			t.Refuse(w, r, err)
		},
	}
}

// Adopt takes over the container of an earlier process, where it listens and none is
// there: whoever calls has made sure that nothing else happens meanwhile.
func (in *Instance) Adopt(ctx context.Context, id string) bool {
	if !in.wanted || in.box != nil {
		return false
	}
	state, err := in.Host.Docker.Inspect(ctx, id)
	if err != nil {
		return false
	}
	base, err := in.try(ctx, state.IP, state.HostPort)
	if err != nil {
		return false
	}
	b := in.follow(id, in.Maker.Terms().Log.last())
	in.serve(b, base)
	in.box = b
	in.watch(b)
	in.tend(b, b, in.Maker.Terms().Probes)
	return true
}
