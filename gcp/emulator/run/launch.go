package run

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
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

// image makes sure that Docker has the revision's image and gives its id. A
// tag is looked up once; from then on the revision stays with what it got.
func (in *instance) image(ctx context.Context) (string, *failure) {
	s, r := in.srv, in.rev
	s.mu.Lock()
	image := r.image
	s.mu.Unlock()
	if image != "" {
		if ok, err := s.cfg.Docker.HasImage(ctx, image); ok && err == nil {
			return image, nil
		}
	}
	ref := r.template.GetContainers()[0].GetImage()
	img, have, err := s.cfg.Docker.InspectImage(ctx, ref)
	if err != nil {
		return "", imageFailure(r, ref, err)
	}
	ours := loopback(ref)
	if !have || (ours && !strings.Contains(ref, "@")) { // a tag of ours may have moved
		auth := docker.Auth{}
		if ours { // our token is for our registry only
			auth = s.cfg.PullAuth
		}
		if err := s.cfg.Docker.Pull(ctx, ref, auth); err != nil && !have {
			return "", imageFailure(r, ref, err)
		}
		if img, have, err = s.cfg.Docker.InspectImage(ctx, ref); err != nil || !have {
			return "", imageFailure(r, ref, errors.Join(err, errors.New("it is not there after the pull")))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.image != img.ID {
		r.image = img.ID
		s.saveRevision(r)
	}
	return img.ID, nil
}

// loopback says whether an image lives in a registry on this machine.
func loopback(ref string) bool {
	host, _, _ := strings.Cut(ref, "/")
	name, _, err := net.SplitHostPort(host)
	return err == nil && (name == "localhost" || net.ParseIP(name).IsLoopback())
}

// env is the container's environment: the contract's and the user's.
func (in *instance) env(ctx context.Context) ([]string, *failure) {
	r := in.rev
	env := []string{
		"PORT=" + strconv.Itoa(int(in.port())), "K_SERVICE=" + r.svc.id, "K_REVISION=" + r.id(), "K_CONFIGURATION=" + r.svc.id,
	}
	for _, e := range r.template.GetContainers()[0].GetEnv() {
		value := e.GetValue()
		if ref := e.GetValueSource().GetSecretKeyRef(); ref != nil {
			if in.srv.cfg.Secret == nil {
				return nil, secretFailure(r, ref.GetSecret())
			}
			var err error
			if value, err = in.srv.cfg.Secret(ctx, r.svc.loc.project, ref.GetSecret(), ref.GetVersion()); err != nil {
				return nil, secretFailure(r, ref.GetSecret())
			}
		}
		env = append(env, e.GetName()+"="+value)
	}
	return slices.Clip(env), nil
}
