package run

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"runtime"
	"time"
)

var errNoDocker = errors.New("there is no Docker to start containers with")

// cpus is what this machine has; Docker refuses a limit above it.
func cpus() float64 { return float64(runtime.NumCPU()) }

// launch creates, starts and probes a container of the revision.
func (in *instance) launch(ctx context.Context) (*box, *failure) {
	s, r := in.srv, in.rev
	if s.cfg.Docker == nil {
		return nil, internal(r, "starting the container", errNoDocker)
	}
	if err := s.Faults.Take(ctx, "Start"); err != nil {
		return nil, unhealthy(r, in.port(), err.Error())
	}
	image, fail := in.image(ctx)
	if fail != nil {
		return nil, fail
	}
	env, fail := in.env(ctx)
	if fail != nil {
		return nil, fail
	}
	id, err := s.cfg.Docker.Create(ctx, in.container(image, env))
	if err != nil {
		return nil, internal(r, "creating the container", err)
	}
	if err := s.cfg.Docker.Start(ctx, id); err != nil {
		s.removeContainer(id)
		// The daemon reports a command that does not exist here.
		return nil, unhealthy(r, in.port(), err.Error())
	}
	b := in.follow(id, time.Time{})
	base, fail := in.probe(ctx, b)
	if fail != nil {
		s.spawn(func() { in.stop(b, 0) }) // it may take its time
		return nil, fail
	}
	in.serve(b, base)
	return b, nil
}

// follow copies the log of a container and waits for its end.
func (in *instance) follow(id string, since time.Time) *box {
	s, r := in.srv, in.rev
	b := &box{id: id, ended: make(chan struct{}), gone: make(chan struct{}), transport: &http.Transport{MaxIdleConnsPerHost: 100, DisableCompression: true}}
	logged := make(chan struct{})
	ctx := context.WithoutCancel(s.ctx)
	s.work.Go(func() {
		defer close(logged)
		if err := s.copyLog(ctx, r, id, since); err != nil {
			s.cfg.Log.Warn("copying a log", "revision", r.id(), "error", err)
		}
	})
	s.work.Go(func() {
		defer close(b.gone)
		code, err := s.cfg.Docker.Wait(ctx, id)
		if err != nil {
			s.cfg.Log.Warn("waiting for a container", "revision", r.id(), "error", err)
			close(b.ended)
			return
		}
		b.code = code
		select {
		case <-logged:
		case <-time.After(2 * time.Second):
		}
		if state, err := s.cfg.Docker.Inspect(ctx, id); err == nil && state.OOMKilled {
			s.logLine(r, "system", "Memory limit of "+r.template.GetContainers()[0].GetResources().GetLimits()["memory"]+" exceeded.")
		}
		if !b.stopped.Load() {
			s.logLine(r, "system", fmt.Sprintf("Container called exit(%d).", code))
		}
		close(b.ended)
		s.removeContainer(id)
	})
	return b
}

func (s *Server) removeContainer(id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), 30*time.Second)
	defer cancel()
	if err := s.cfg.Docker.Remove(ctx, id); err != nil {
		s.cfg.Log.Warn("removing a container", "id", id, "error", err)
	}
}

// port is the one that the container must listen on.
func (in *instance) port() int32 {
	return in.rev.template.GetContainers()[0].GetPorts()[0].GetContainerPort()
}

// serve makes the proxy to a container that listens at base.
func (in *instance) serve(b *box, base string) {
	target := &url.URL{Scheme: "http", Host: base}
	if in.rev.template.GetContainers()[0].GetPorts()[0].GetName() == "h2c" {
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
		ErrorHandler: upstreamError,
	}
}
