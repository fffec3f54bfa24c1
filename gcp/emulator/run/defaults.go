package run

import (
	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/genproto/googleapis/api"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// fillDefaults completes a wanted service as Cloud Run answers it.
func fillDefaults(project string, svc *runpb.Service) {
	if svc.Ingress == runpb.IngressTraffic_INGRESS_TRAFFIC_UNSPECIFIED {
		svc.Ingress = runpb.IngressTraffic_INGRESS_TRAFFIC_ALL
	}
	if svc.LaunchStage == api.LaunchStage_LAUNCH_STAGE_UNSPECIFIED {
		svc.LaunchStage = api.LaunchStage_GA
	}
	if len(svc.Traffic) == 0 {
		svc.Traffic = []*runpb.TrafficTarget{{Type: toLatest, Percent: 100}}
	}
	t := svc.Template
	if t.Timeout == nil {
		t.Timeout = durationpb.New(300e9)
	}
	if t.ServiceAccount == "" {
		t.ServiceAccount = frame.ComputeAccount(project)
	}
	if t.Scaling == nil {
		t.Scaling = &runpb.RevisionScaling{}
	}
	if t.Scaling.MaxInstanceCount == 0 {
		t.Scaling.MaxInstanceCount = 100
	}
	c := t.Containers[0]
	if c.Resources == nil { // with resources given, false means what it says
		c.Resources = &runpb.ResourceRequirements{CpuIdle: true}
	}
	limits := map[string]string{"cpu": "1000m", "memory": "512Mi"}
	for k, v := range c.Resources.Limits {
		limits[k] = v
	}
	c.Resources.Limits = limits
	if t.MaxInstanceRequestConcurrency == 0 {
		t.MaxInstanceRequestConcurrency = 80
		if cpu, _ := parseQuantity(limits["cpu"]); cpu < 1 {
			t.MaxInstanceRequestConcurrency = 1
		}
	}
	if len(c.Ports) == 0 {
		c.Ports = []*runpb.ContainerPort{{}}
	}
	if c.Ports[0].Name == "" {
		c.Ports[0].Name = "http1"
	}
	if c.Ports[0].ContainerPort == 0 {
		c.Ports[0].ContainerPort = 8080
	}
	fillProbe(c)
}

// fillProbe completes the startup probe.
func fillProbe(c *runpb.Container) {
	port := c.Ports[0].ContainerPort
	p := c.StartupProbe
	if p == nil {
		c.StartupProbe = &runpb.Probe{TimeoutSeconds: 240, PeriodSeconds: 240, FailureThreshold: 1,
			ProbeType: &runpb.Probe_TcpSocket{TcpSocket: &runpb.TCPSocketAction{Port: port}}}
		return
	}
	if p.TimeoutSeconds == 0 {
		p.TimeoutSeconds = 1
	}
	if p.PeriodSeconds == 0 {
		p.PeriodSeconds = 10
	}
	if p.FailureThreshold == 0 {
		p.FailureThreshold = 3
	}
	switch probe := p.ProbeType.(type) {
	case nil:
		p.ProbeType = &runpb.Probe_TcpSocket{TcpSocket: &runpb.TCPSocketAction{Port: port}}
	case *runpb.Probe_TcpSocket:
		if probe.TcpSocket.Port == 0 {
			probe.TcpSocket.Port = port
		}
	case *runpb.Probe_HttpGet:
		if probe.HttpGet.Path == "" {
			probe.HttpGet.Path = "/"
		}
		if probe.HttpGet.Port == 0 {
			probe.HttpGet.Port = port
		}
	}
}
