package run

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/container"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

var _ container.Maker = (*revision)(nil)

// Terms implements container.Maker.
func (r *revision) Terms() container.Terms {
	c := r.template.GetContainers()[0]
	p := c.GetStartupProbe()
	return container.Terms{
		Name: r.id(), Port: int(c.GetPorts()[0].GetContainerPort()), H2C: c.GetPorts()[0].GetName() == "h2c",
		Limit: min(r.svc.srv.cfg.StartTimeout, time.Duration(p.GetInitialDelaySeconds()+p.GetPeriodSeconds()*p.GetFailureThreshold())*time.Second),
		Grace: 10 * time.Second, Memory: c.GetResources().GetLimits()["memory"], Log: r.svc.srv.logOf(r.svc, r.id()), Refuse: upstreamError,
	}
}

// Make gives the container of the revision.
func (r *revision) Make(ctx context.Context) (docker.Container, error) {
	s, c := r.svc.srv, r.template.GetContainers()[0]
	if err := s.Faults.Take(ctx, "Start"); err != nil {
		return docker.Container{}, r.Unready(err.Error())
	}
	image, err := r.have(ctx)
	if err != nil {
		return docker.Container{}, err
	}
	env, err := r.env(ctx)
	if err != nil {
		return docker.Container{}, err
	}
	memory, _ := parseQuantity(c.GetResources().GetLimits()["memory"])
	cpu, _ := parseQuantity(c.GetResources().GetLimits()["cpu"])
	return docker.Container{
		Image: image, Name: "gcpdeploy-" + r.id() + "-" + uuid()[:4],
		Entrypoint: c.GetCommand(), Cmd: c.GetArgs(), Env: env, WorkDir: c.GetWorkingDir(),
		PublishPort: int(c.GetPorts()[0].GetContainerPort()),
		Labels:      map[string]string{docker.Label: s.cfg.StateID, labelService: r.pb.GetService(), labelRevision: r.id()},
		Memory:      int64(memory), CPUs: container.CPUs(cpu),
	}, nil
}

// Ready probes a container that listens.
func (r *revision) Ready(ctx context.Context, base string) error {
	p := r.template.GetContainers()[0].GetStartupProbe()
	h := p.GetHttpGet()
	if h == nil {
		return nil
	}
	header := http.Header{}
	for _, kv := range h.GetHttpHeaders() {
		header.Add(kv.GetName(), kv.GetValue())
	}
	return container.Get(ctx, base, h.GetPath(), header, time.Duration(p.GetTimeoutSeconds())*time.Second, 399)
}

// have makes sure that Docker has the image and gives its id. A tag is looked up
// once; from then on the revision stays with what it got.
func (r *revision) have(ctx context.Context) (string, error) {
	s := r.svc.srv
	s.mu.Lock()
	image := r.image
	s.mu.Unlock()
	if image != "" {
		if ok, err := s.cfg.Docker.HasImage(ctx, image); ok && err == nil {
			return image, nil
		}
	}
	id, ref, err := s.host.Image(ctx, r.svc.loc.project, r.template.GetContainers()[0].GetImage())
	if err != nil {
		return "", imageFailure(r, ref, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.image != id {
		r.image = id
		s.saveRevision(r)
	}
	return id, nil
}

// env is the container's environment: the contract's and the user's.
func (r *revision) env(ctx context.Context) ([]string, error) {
	ctx = frame.WithCaller(ctx, "serviceAccount:"+r.pb.GetServiceAccount())
	env := []string{
		"PORT=" + strconv.Itoa(r.Terms().Port), "K_SERVICE=" + r.svc.id, "K_REVISION=" + r.id(), "K_CONFIGURATION=" + r.svc.id,
	}
	for _, e := range r.template.GetContainers()[0].GetEnv() {
		value := e.GetValue()
		if ref := e.GetValueSource().GetSecretKeyRef(); ref != nil {
			version := "/secrets/" + ref.GetSecret() + "/versions/" + ref.GetVersion()
			refused := secretFailure(r, "projects/"+frame.ProjectNumber(r.svc.loc.project)+version)
			if r.svc.srv.cfg.Secret == nil {
				return nil, refused
			}
			var err error
			if value, err = r.svc.srv.cfg.Secret(ctx, "projects/"+r.svc.loc.project+version); err != nil {
				return nil, refused
			}
		}
		env = append(env, e.GetName()+"="+value)
	}
	return slices.Clip(env), nil
}
