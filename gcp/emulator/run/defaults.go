package run

import (
	"maps"

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
	fillNetwork(t.VpcAccess)
	for _, v := range t.Volumes {
		if d := v.GetEmptyDir(); d != nil {
			d.Medium = runpb.EmptyDirVolumeSource_MEMORY
		}
	}
	ingress := ingressOf(t)
	for _, c := range t.Containers {
		fillContainer(c, c == ingress)
	}
	if t.MaxInstanceRequestConcurrency == 0 {
		t.MaxInstanceRequestConcurrency = 80
		if cpu, _ := parseQuantity(ingress.Resources.Limits["cpu"]); cpu < 1 {
			t.MaxInstanceRequestConcurrency = 1
		}
	}
}

func fillContainer(c *runpb.Container, ingress bool) {
	if c.Resources == nil { // with resources given, false means what it says
		c.Resources = &runpb.ResourceRequirements{CpuIdle: true}
	}
	limits := map[string]string{"cpu": "1000m", "memory": "512Mi"}
	maps.Copy(limits, c.Resources.Limits)
	c.Resources.Limits = limits
	for _, m := range c.VolumeMounts {
		fill(&m.MountPath, sqlMount) // no other may be without
	}
	port := int32(0)
	if ingress {
		if len(c.Ports) == 0 {
			c.Ports = []*runpb.ContainerPort{{}}
		}
		fill(&c.Ports[0].Name, "http1")
		fill(&c.Ports[0].ContainerPort, 8080)
		port = c.Ports[0].ContainerPort
	}
	fillProbes(c, port)
}

// fillNetwork completes what a network is reached by: one name stands for the other.
func fillNetwork(v *runpb.VpcAccess) {
	if v == nil {
		return
	}
	fill(&v.Egress, runpb.VpcAccess_PRIVATE_RANGES_ONLY)
	for _, n := range v.NetworkInterfaces {
		fill(&n.Network, n.Subnetwork)
		fill(&n.Subnetwork, n.Network)
	}
}

// fill gives a field that says nothing its default.
func fill[T comparable](field *T, otherwise T) {
	var none T
	if *field == none {
		*field = otherwise
	}
}
