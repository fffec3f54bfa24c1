package run

import (
	"strings"

	"cloud.google.com/go/run/apiv2/runpb"
)

// mergeConcurrency sets the concurrency, for which Cloud Run's default depends on
// the CPU: 80, and 1 (nothing else is allowed) below one CPU. The default of the
// CPU as it was must not stay.
func mergeConcurrency(t *runpb.RevisionTemplate, d *Desired, before managed, oldCPU, newCPU string) {
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

func mergePort(c *runpb.Container, to int) {
	if to == 0 {
		return
	}
	at := port(c)
	// Cloud Run writes the port into probes that name none, and would go on
	// asking the old one.
	for _, p := range []*runpb.Probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
		moveProbe(p, at.ContainerPort, int32(to))
	}
	at.ContainerPort = int32(to)
}

// What an app speaks, as the name of its port.
const http1, h2c = "http1", "h2c"

// port is a container's one port.
func port(c *runpb.Container) *runpb.ContainerPort {
	if len(c.Ports) == 0 {
		c.Ports = []*runpb.ContainerPort{{Name: http1}}
	}
	return c.Ports[0]
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

// container is what is wanted of a container, be it the app's or one beside it.
type container struct {
	command, args                []string
	cpu, memory, gpu             string
	startup, liveness, readiness *Probe
	dependsOn                    []string
	port                         int32 // 0 = it has none
}

// container is what is wanted of the app's. What it starts is the image's.
func (d *Desired) container() container {
	return container{
		cpu: d.CPU, memory: d.Memory, gpu: d.GPU, dependsOn: d.DependsOn, port: int32(d.Port),
		startup: d.StartupProbe, liveness: d.LivenessProbe, readiness: d.ReadinessProbe,
	}
}

func (c Sidecar) container() container {
	return container{
		command: c.Command, args: c.Args, cpu: c.CPU, memory: c.Memory, dependsOn: c.DependsOn,
		startup: c.StartupProbe, liveness: c.LivenessProbe, readiness: c.ReadinessProbe,
	}
}

// containerFields are the fields of a container.
var containerFields = []field[*runpb.Container, container]{
	list("command", func(w container) []string { return w.command }, func(c *runpb.Container) *[]string { return &c.Command }),
	list("args", func(w container) []string { return w.args }, func(c *runpb.Container) *[]string { return &c.Args }),
	list("depends_on", func(w container) []string { return w.dependsOn }, func(c *runpb.Container) *[]string { return &c.DependsOn }),
	limit(fieldCPU, "cpu", func(w container) string { return w.cpu }),
	limit(fieldMemory, "memory", func(w container) string { return w.memory }),
	limit("gpu", gpuLimit, func(w container) string { return w.gpu }),
	probe(startupProbe, func(w container) *Probe { return w.startup }, func(c *runpb.Container) **runpb.Probe { return &c.StartupProbe }),
	probe(livenessProbe, func(w container) *Probe { return w.liveness }, func(c *runpb.Container) **runpb.Probe { return &c.LivenessProbe }),
	probe(readinessProbe, func(w container) *Probe { return w.readiness }, func(c *runpb.Container) **runpb.Probe { return &c.ReadinessProbe }),
}

// gpuLimit is how many GPUs are called among a container's limits.
const gpuLimit = "nvidia.com/gpu"

// limit is an amount that a container may use.
func limit(name, of string, want func(container) string) field[*runpb.Container, container] {
	return field[*runpb.Container, container]{
		name: name, want: func(w container) bool { return want(w) != "" },
		set: func(c *runpb.Container, w container) {
			if resources(c).Limits == nil {
				c.Resources.Limits = map[string]string{}
			}
			if !sameQuantity(c.Resources.Limits[of], want(w)) {
				c.Resources.Limits[of] = want(w)
			}
		},
		clear: func(c *runpb.Container) { delete(c.Resources.GetLimits(), of) },
	}
}

func probe(name string, want func(container) *Probe, at func(*runpb.Container) **runpb.Probe) field[*runpb.Container, container] {
	return field[*runpb.Container, container]{
		name: name, want: func(w container) bool { return want(w) != nil },
		set:   func(c *runpb.Container, w container) { *at(c) = want(w).proto(w.port) },
		clear: func(c *runpb.Container) { *at(c) = nil },
	}
}

// resources are those of a container. With any set at all, Cloud Run would allocate CPU,
// and bill it, always.
func resources(c *runpb.Container) *runpb.ResourceRequirements {
	if c.Resources == nil {
		c.Resources = &runpb.ResourceRequirements{CpuIdle: true}
	}
	return c.Resources
}

// secretRef splits SECRET:VERSION; a secret without one means its latest.
func secretRef(v string) (secret, version string) {
	i := strings.LastIndexByte(v, ':')
	if i < 0 {
		return v, "latest"
	}
	return v[:i], v[i+1:]
}
