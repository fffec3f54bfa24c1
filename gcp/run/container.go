package run

import (
	"slices"
	"strings"

	"cloud.google.com/go/run/apiv2/runpb"
)

// mergeConcurrency sets the concurrency, for which Cloud Run's default depends on
// the CPU: 80, and 1 (nothing else is allowed) below one CPU. The default of the
// CPU as it was must not stay.
func mergeConcurrency(t *runpb.RevisionTemplate, d Desired, before managed, oldCPU, newCPU string) {
	was, is := defaultConcurrency(oldCPU), defaultConcurrency(newCPU)
	switch {
	case d.Concurrency != 0:
		t.MaxInstanceRequestConcurrency = int32(d.Concurrency)
	case before.has(fieldConcurrency), was != is && t.MaxInstanceRequestConcurrency == was:
		t.MaxInstanceRequestConcurrency = 0
	}
}

func defaultConcurrency(cpu string) int32 {
	if n, ok := quantity(cpu); ok && n.Cmp(one) < 0 {
		return 1
	}
	return 80
}

// ingress is the container that gets the requests: the one with a port, or the
// first. Others beside it are somebody else's.
func ingress(t *runpb.RevisionTemplate) *runpb.Container {
	for _, c := range t.Containers {
		if len(c.GetPorts()) > 0 {
			return c
		}
	}
	if len(t.Containers) == 0 {
		t.Containers = []*runpb.Container{{}}
	}
	return t.Containers[0]
}

func mergePort(c *runpb.Container, port int) {
	if port == 0 {
		return
	}
	if len(c.Ports) == 0 {
		c.Ports = []*runpb.ContainerPort{{Name: "http1"}}
	}
	// Cloud Run writes the port into probes that name none, and would go on
	// asking the old one.
	for _, p := range []*runpb.Probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
		moveProbe(p, c.Ports[0].ContainerPort, int32(port))
	}
	c.Ports[0].ContainerPort = int32(port)
}

func moveProbe(p *runpb.Probe, from, to int32) {
	switch {
	case p.GetTcpSocket().GetPort() == from && from != 0:
		p.GetTcpSocket().Port = to
	case p.GetHttpGet().GetPort() == from && from != 0:
		p.GetHttpGet().Port = to
	case p.GetGrpc().GetPort() == from && from != 0:
		p.GetGrpc().Port = to
	}
}

func mergeResources(c *runpb.Container, d Desired, before managed) {
	for _, f := range []struct{ limit, want, field string }{
		{"cpu", d.CPU, fieldCPU},
		{"memory", d.Memory, fieldMemory},
	} {
		switch {
		case f.want != "":
			if c.Resources == nil {
				// With resources set at all, Cloud Run would allocate CPU, and bill it, always.
				c.Resources = &runpb.ResourceRequirements{CpuIdle: true}
			}
			if c.Resources.Limits == nil {
				c.Resources.Limits = map[string]string{}
			}
			if !sameQuantity(c.Resources.Limits[f.limit], f.want) {
				c.Resources.Limits[f.limit] = f.want
			}
		case before.has(f.field):
			delete(c.Resources.GetLimits(), f.limit)
		}
	}
}

// mergeEnv sets our variables where they are, adds new ones in order of name,
// and removes those that were ours.
func mergeEnv(c *runpb.Container, d Desired, before, now managed) {
	want := map[string]*runpb.EnvVar{}
	for k, v := range d.Env {
		want[k] = &runpb.EnvVar{Name: k, Values: &runpb.EnvVar_Value{Value: v}}
	}
	for k, v := range d.Secrets {
		secret, version := secretRef(v)
		want[k] = &runpb.EnvVar{Name: k, Values: &runpb.EnvVar_ValueSource{ValueSource: &runpb.EnvVarSource{
			SecretKeyRef: &runpb.SecretKeySelector{Secret: secret, Version: version},
		}}}
	}
	var env []*runpb.EnvVar
	for _, e := range c.Env {
		w, ours := want[e.GetName()]
		switch {
		case ours:
			env = append(env, w)
			delete(want, e.GetName())
		case !slices.Contains(before.Env, e.GetName()):
			env = append(env, e)
		}
	}
	for _, k := range now.Env {
		if w, ok := want[k]; ok {
			env = append(env, w)
		}
	}
	c.Env = env
}

// secretRef splits SECRET:VERSION; a secret without one means its latest.
func secretRef(v string) (secret, version string) {
	i := strings.LastIndexByte(v, ':')
	if i < 0 {
		return v, "latest"
	}
	return v[:i], v[i+1:]
}
