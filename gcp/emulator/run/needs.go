package run

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/container"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

var _ container.Maker = (*revision)(nil)

// ingressOf is the container that requests go to: the one with a port.
func ingressOf(t *runpb.RevisionTemplate) *runpb.Container {
	for _, c := range t.GetContainers() {
		if len(c.GetPorts()) > 0 {
			return c
		}
	}
	return t.GetContainers()[0]
}

// Terms implements container.Maker.
func (r *revision) Terms() container.Terms {
	c := ingressOf(r.template)
	p := c.GetStartupProbe()
	return container.Terms{
		Name: r.id(), Port: int(c.GetPorts()[0].GetContainerPort()), H2C: c.GetPorts()[0].GetName() == "h2c",
		Limit: min(r.svc.srv.cfg.StartTimeout, time.Duration(p.GetInitialDelaySeconds()+p.GetPeriodSeconds()*p.GetFailureThreshold())*time.Second),
		Grace: 10 * time.Second, Memory: c.GetResources().GetLimits()["memory"], Log: r.svc.srv.logOf(r.svc, r.id()), Refuse: upstreamError,
		Probes: probesOf(c),
	}
}

// Make gives the containers of the revision.
func (r *revision) Make(ctx context.Context) (pod container.Pod, err error) {
	if err := r.svc.srv.Faults.Take(ctx, "Start"); err != nil {
		return pod, r.Unready(err.Error())
	}
	for _, c := range inOrder(r.template.GetContainers()) {
		p, err := r.part(ctx, c)
		if err != nil {
			return pod, err
		}
		pod.Containers = append(pod.Containers, p)
	}
	if pod.Volumes, err = r.volumes(ctx); err != nil {
		return pod, err
	}
	for _, lacks := range lacking(r.template) {
		if err := r.Terms().Log.Add(r.svc.srv.cfg.Now(), lacks); err != nil {
			return pod, r.Failed("writing its log", err)
		}
	}
	return pod, nil
}

// part is one container.
func (r *revision) part(ctx context.Context, c *runpb.Container) (container.Part, error) {
	main := c == ingressOf(r.template)
	image, err := r.have(ctx, c.GetImage())
	if err != nil {
		return container.Part{}, err
	}
	env, err := r.env(ctx, c, main)
	if err != nil {
		return container.Part{}, err
	}
	memory, _ := parseQuantity(c.GetResources().GetLimits()["memory"])
	cpu, _ := parseQuantity(c.GetResources().GetLimits()["cpu"])
	p := container.Part{
		Container: docker.Container{
			Image: image, Name: "gcpdeploy-" + r.id() + "-" + uuid()[:4],
			Entrypoint: c.GetCommand(), Cmd: c.GetArgs(), Env: env, WorkDir: c.GetWorkingDir(),
			Labels: map[string]string{docker.Label: r.svc.srv.cfg.StateID, labelService: r.pb.GetService(), labelRevision: r.id()},
			Memory: int64(memory), CPUs: container.CPUs(cpu),
		},
		Mounts: mountsOf(r.template, c), Before: dependedOn(r.template, c.GetName()),
	}
	if held(r.template) {
		p.Labels[labelContainer] = c.GetName()
	}
	if main {
		p.PublishPort = int(c.GetPorts()[0].GetContainerPort())
		return p, nil
	}
	p.Name, p.Probes = c.GetName(), probesOf(c)
	if probe := c.GetStartupProbe(); probe != nil {
		start := probeOf(probe, false)
		p.Start = &start
	}
	return p, nil
}

// lacking is what the emulator has not of what a template asks for.
func lacking(t *runpb.RevisionTemplate) (all []string) {
	if t.GetNodeSelector() != nil {
		all = append(all, "The emulator has no GPUs: the containers run without.")
	}
	for _, v := range t.GetVolumes() {
		if sql := v.GetCloudSqlInstance(); sql != nil {
			all = append(all, "The emulator has no Cloud SQL: there is nothing below /cloudsql of "+strings.Join(sql.GetInstances(), ", ")+".")
		}
	}
	return all
}

// Ready probes a container that listens.
func (r *revision) Ready(ctx context.Context, base string) error {
	p := ingressOf(r.template).GetStartupProbe()
	if t := p.GetTcpSocket(); t != nil && int(t.GetPort()) == r.Terms().Port {
		return nil
	}
	if h := p.GetHttpGet(); h != nil && int(h.GetPort()) == r.Terms().Port { // which may be at another port here
		to := probeOf(p, false)
		return container.Get(ctx, base, to.Path, to.Header, to.Timeout, 399)
	}
	return probeOf(p, false).Ask(ctx, base)
}

// have makes sure that Docker has an image and gives its id. A tag is looked up
// once; from then on the revision stays with what it got.
func (r *revision) have(ctx context.Context, image string) (string, error) {
	s := r.svc.srv
	s.mu.Lock()
	id := r.images[image]
	s.mu.Unlock()
	if id != "" {
		if ok, err := s.cfg.Docker.HasImage(ctx, id); ok && err == nil {
			return id, nil
		}
	}
	id, ref, err := s.host.Image(ctx, r.svc.loc.project, image)
	if err != nil {
		return "", imageFailure(r, ref, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.images[image] != id {
		if r.images == nil {
			r.images = map[string]string{}
		}
		r.images[image] = id
		s.saveRevision(r)
	}
	return id, nil
}

// env is a container's environment: the contract's and the user's.
func (r *revision) env(ctx context.Context, c *runpb.Container, main bool) ([]string, error) {
	env := []string{"K_SERVICE=" + r.svc.id, "K_REVISION=" + r.id(), "K_CONFIGURATION=" + r.svc.id}
	if main {
		env = append(env, "PORT="+strconv.Itoa(r.Terms().Port))
	}
	for _, e := range c.GetEnv() {
		value := e.GetValue()
		if ref := e.GetValueSource().GetSecretKeyRef(); ref != nil {
			var err error
			if value, err = r.secret(ctx, ref.GetSecret(), ref.GetVersion()); err != nil {
				return nil, err
			}
		}
		env = append(env, e.GetName()+"="+value)
	}
	return slices.Clip(env), nil
}

// secret reads a version of a secret, of this project where its name names none, as the
// revision's account.
func (r *revision) secret(ctx context.Context, name, version string) (string, error) {
	project, id := r.svc.loc.project, name
	if p := strings.Split(name, "/"); len(p) == 4 {
		project, id = p[1], p[3]
	}
	version = "/secrets/" + id + "/versions/" + cmp.Or(version, "latest")
	refused := secretFailure(r, "projects/"+frame.ProjectNumber(project)+version)
	if r.svc.srv.cfg.Secret == nil {
		return "", refused
	}
	value, err := r.svc.srv.cfg.Secret(frame.WithCaller(ctx, "serviceAccount:"+r.pb.GetServiceAccount()), "projects/"+project+version)
	if err != nil {
		return "", refused
	}
	return value, nil
}
