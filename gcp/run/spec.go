// Package run releases an image to Cloud Run. Its pure part says what the
// service should be: what we want merged into what is there, so that what others
// set (in the console, by Terraform) stays, and what we set earlier and want no
// longer goes. The rest makes the calls and waits for the new revision.
package run

import (
	"slices"
	"sort"
	"strings"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
)

// Desired is the service as we want it. A zero field is left to Cloud Run and
// to whoever else sets it.
type Desired struct {
	Project, Region, Service string

	Image           string // by digest
	Port            int
	CPU, Memory     string // "1", "500m"; "512Mi"
	Concurrency     int
	Min, Max        *int // instances
	Timeout         time.Duration
	Env             map[string]string
	Secrets         map[string]string // variable → SECRET:VERSION
	ServiceAccount  string
	Unauthenticated *bool // may everybody call it

	Run Run
}

// Run is one run of the program. Of two runs the one started later wins.
type Run struct {
	ID      string
	Started time.Time
}

// Name is the service's full resource name.
func (d Desired) Name() string { return name(d.Project, d.Region, d.Service) }

func name(project, region, service string) string {
	return "projects/" + project + "/locations/" + region + "/services/" + service
}

// Merge gives the service as it should be sent: observed (nil = there is none)
// with ours set, what we set earlier and no longer want removed, and all else
// as it is. It changes neither argument.
func Merge(observed *runpb.Service, d Desired) *runpb.Service {
	s := proto.CloneOf(observed)
	if s == nil {
		s = &runpb.Service{}
	}
	before := managedOf(s)
	now := managing(d)
	s.Name = d.Name()
	s.Client = client
	if s.Template == nil {
		s.Template = &runpb.RevisionTemplate{}
	}
	t := s.Template
	t.Revision = "" // a name that is used again is refused
	c := ingress(t)
	c.Image = d.Image
	mergePort(c, d.Port)
	old := c.GetResources().GetLimits()["cpu"]
	mergeResources(c, d, before)
	mergeConcurrency(t, d, before, old, c.GetResources().GetLimits()["cpu"])
	mergeTemplate(t, d, before)
	mergeEnv(c, d, before, now)
	switch {
	case d.Unauthenticated != nil:
		s.InvokerIamDisabled = *d.Unauthenticated
	case before.has(fieldPublic):
		s.InvokerIamDisabled = false
	}
	s.Traffic = mergeTraffic(s.Traffic)
	if s.Annotations == nil {
		s.Annotations = map[string]string{}
	}
	if d.Unauthenticated == nil || !*d.Unauthenticated {
		delete(s.Annotations, publicKey)
	}
	s.Annotations[managedKey] = now.String()
	s.Annotations[runKey] = d.Run.String()
	return s
}

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

func mergeTemplate(t *runpb.RevisionTemplate, d Desired, before managed) {
	switch {
	case d.Timeout != 0:
		t.Timeout = durationpb.New(d.Timeout)
	case before.has(fieldTimeout):
		t.Timeout = nil
	}
	switch {
	case d.ServiceAccount != "":
		t.ServiceAccount = d.ServiceAccount
	case before.has(fieldServiceAccount):
		t.ServiceAccount = ""
	}
	for _, f := range []struct {
		want *int
		name string
		set  func(*runpb.RevisionScaling, int32)
	}{
		{d.Min, fieldMin, func(s *runpb.RevisionScaling, n int32) { s.MinInstanceCount = n }},
		{d.Max, fieldMax, func(s *runpb.RevisionScaling, n int32) { s.MaxInstanceCount = n }},
	} {
		if f.want == nil && !before.has(f.name) {
			continue
		}
		if t.Scaling == nil {
			t.Scaling = &runpb.RevisionScaling{}
		}
		n := 0
		if f.want != nil {
			n = *f.want
		}
		f.set(t.Scaling, int32(n))
	}
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

// mergeTraffic leaves a split that the latest revision has a share of, and sends
// everything to the latest where there is none: what is released must serve.
// Tags stay.
func mergeTraffic(t []*runpb.TrafficTarget) []*runpb.TrafficTarget {
	if len(t) == 0 || latestShare(t) > 0 {
		return t
	}
	out := []*runpb.TrafficTarget{{Type: runpb.TrafficTargetAllocationType_TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST, Percent: 100}}
	for _, target := range t {
		if target.GetTag() != "" {
			target.Percent = 0
			out = append(out, target)
		}
	}
	return out
}

// latestShare is the share, in percent, that the latest revision is given.
func latestShare(t []*runpb.TrafficTarget) int32 {
	if len(t) == 0 {
		return 100
	}
	var n int32
	for _, target := range t {
		if target.GetType() == runpb.TrafficTargetAllocationType_TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST {
			n += target.GetPercent()
		}
	}
	return n
}

func names(m ...map[string]string) []string {
	var out []string
	for _, m := range m {
		for k := range m {
			out = append(out, k)
		}
	}
	sort.Strings(out)
	return out
}
