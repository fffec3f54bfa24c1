package run

import (
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
)

// fieldPublic is the name of two keys' one field: who may call is said by both.
const fieldPublic = "allow_unauthenticated"

// serviceFields are the fields of a service itself: no revision has them.
var serviceFields = []field[place, *Desired]{
	plain("description", func(d *Desired) string { return d.Description }, func(p place) *string { return &p.service.Description }),
	choice("ingress", func(d *Desired) string { return d.Ingress }, map[string]runpb.IngressTraffic{
		ingressAll:      runpb.IngressTraffic_INGRESS_TRAFFIC_ALL,
		ingressInternal: runpb.IngressTraffic_INGRESS_TRAFFIC_INTERNAL_ONLY,
		ingressBalanced: runpb.IngressTraffic_INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER,
	}, func(p place) *runpb.IngressTraffic { return &p.service.Ingress }),
	inverse("default_url", func(d *Desired) *bool { return d.DefaultURL }, func(p place) *bool { return &p.service.DefaultUriDisabled }),
	optional("iap", func(d *Desired) *bool { return d.IAP }, func(p place) *bool { return &p.service.IapEnabled }),
	whole("service_min_instances", func(d *Desired) *int { return d.ServiceMinInstances }, func(p place) *int32 { return &made(&p.service.Scaling).MinInstanceCount }),
	whole("service_max_instances", func(d *Desired) *int { return d.ServiceMaxInstances }, func(p place) *int32 { return &made(&p.service.Scaling).MaxInstanceCount }),
	{
		name: "scaling", want: func(d *Desired) bool { return d.Scaling != "" },
		set: func(p place, d *Desired) {
			s := made(&p.service.Scaling)
			s.ScalingMode, s.ManualInstanceCount = runpb.ServiceScaling_AUTOMATIC, nil
			if n, err := strconv.ParseInt(d.Scaling, 10, 32); err == nil {
				s.ScalingMode, s.ManualInstanceCount = runpb.ServiceScaling_MANUAL, proto.Int32(int32(n))
			}
		},
		clear: func(p place) {
			s := made(&p.service.Scaling)
			s.ScalingMode, s.ManualInstanceCount = runpb.ServiceScaling_SCALING_MODE_UNSPECIFIED, nil
		},
	},
	{
		name: "binary_authorization", want: func(d *Desired) bool { return d.BinaryAuthorization != "" },
		set: func(p place, d *Desired) {
			b := made(&p.service.BinaryAuthorization)
			b.BinauthzMethod = &runpb.BinaryAuthorization_Policy{Policy: d.BinaryAuthorization}
			if d.BinaryAuthorization == defaultPolicy {
				b.BinauthzMethod = &runpb.BinaryAuthorization_UseDefault{UseDefault: true}
			}
		},
		clear: func(p place) { made(&p.service.BinaryAuthorization).BinauthzMethod = nil },
	},
	plain("breakglass", func(d *Desired) string { return d.Breakglass }, func(p place) *string { return &made(&p.service.BinaryAuthorization).BreakglassJustification }),
	{
		name: fieldPublic, want: func(d *Desired) bool { return d.AllowUnauthenticated != nil || d.InvokerIAMCheck != nil },
		set: func(p place, d *Desired) {
			p.service.InvokerIamDisabled = isFalse(d.InvokerIAMCheck) || d.InvokerIAMCheck == nil && *d.AllowUnauthenticated
		},
		clear: func(p place) { p.service.InvokerIamDisabled = false },
	},
}

// templateFields are the fields that a change of makes a revision.
var templateFields = []field[place, *Desired]{
	{
		name: "timeout", want: func(d *Desired) bool { return d.TimeoutSeconds != 0 },
		set: func(p place, d *Desired) {
			p.template.Timeout = durationpb.New(time.Duration(d.TimeoutSeconds) * time.Second)
		},
		clear: func(p place) { p.template.Timeout = nil },
	},
	plain("service_account", func(d *Desired) string { return d.ServiceAccount }, func(p place) *string { return &p.template.ServiceAccount }),
	whole("min_instances", func(d *Desired) *int { return d.MinInstances }, func(p place) *int32 { return &made(&p.template.Scaling).MinInstanceCount }),
	whole("max_instances", func(d *Desired) *int { return d.MaxInstances }, func(p place) *int32 { return &made(&p.template.Scaling).MaxInstanceCount }),
	choice("execution_environment", func(d *Desired) string { return d.ExecutionEnvironment }, map[string]runpb.ExecutionEnvironment{
		gen1: runpb.ExecutionEnvironment_EXECUTION_ENVIRONMENT_GEN1, gen2: runpb.ExecutionEnvironment_EXECUTION_ENVIRONMENT_GEN2,
	}, func(p place) *runpb.ExecutionEnvironment { return &p.template.ExecutionEnvironment }),
	optional("session_affinity", func(d *Desired) *bool { return d.SessionAffinity }, func(p place) *bool { return &p.template.SessionAffinity }),
	inverse("deploy_health_check", func(d *Desired) *bool { return d.DeployHealthCheck }, func(p place) *bool { return &p.template.HealthCheckDisabled }),
	plain("gpu_type", func(d *Desired) string { return d.GPUType }, func(p place) *string { return &made(&p.template.NodeSelector).Accelerator }),
	{
		name: "gpu_zonal_redundancy", want: func(d *Desired) bool { return d.GPUZonalRedundancy != nil },
		set:   func(p place, d *Desired) { p.template.GpuZonalRedundancyDisabled = proto.Bool(!*d.GPUZonalRedundancy) },
		clear: func(p place) { p.template.GpuZonalRedundancyDisabled = nil },
	},
	plain("mesh", func(d *Desired) string { return d.Mesh }, func(p place) *string { return &made(&p.template.ServiceMesh).Mesh }),
	plain("encryption_key", func(d *Desired) string { return d.EncryptionKey }, func(p place) *string { return &p.template.EncryptionKey }),
	choice("post_key_revocation_action_type", func(d *Desired) string { return d.PostKeyRevocationActionType }, map[string]runpb.EncryptionKeyRevocationAction{
		preventNew: runpb.EncryptionKeyRevocationAction_PREVENT_NEW, shutDown: runpb.EncryptionKeyRevocationAction_SHUTDOWN,
	}, func(p place) *runpb.EncryptionKeyRevocationAction { return &p.template.EncryptionKeyRevocationAction }),
	{
		name: "encryption_key_shutdown_hours", want: func(d *Desired) bool { return d.EncryptionKeyShutdownHours != 0 },
		set: func(p place, d *Desired) {
			p.template.EncryptionKeyShutdownDuration = durationpb.New(time.Duration(d.EncryptionKeyShutdownHours) * time.Hour)
		},
		clear: func(p place) { p.template.EncryptionKeyShutdownDuration = nil },
	},
	{
		name: "vpc.connector", want: func(d *Desired) bool { return d.VPC.Connector != "" },
		set: func(p place, d *Desired) {
			v, full := made(&p.template.VpcAccess), d.VPC.Connector
			if !strings.Contains(full, "/") {
				full = "projects/" + d.Project + "/locations/" + d.Region + "/connectors/" + full
			}
			if v.NetworkInterfaces = nil; v.Connector != d.VPC.Connector { // others may have written it short
				v.Connector = full
			}
		},
		clear: func(p place) { made(&p.template.VpcAccess).Connector = "" },
	},
	networked("vpc.network", func(d *Desired) bool { return d.VPC.Network != "" }, func(n *runpb.VpcAccess_NetworkInterface, d *Desired) {
		if !sameName(n.Network, d.VPC.Network) {
			n.Network, n.Subnetwork = d.VPC.Network, "" // which is of another network, unless it is said
		}
	}, func(n *runpb.VpcAccess_NetworkInterface) { n.Network, n.Subnetwork = "", "" }), // its own, or what Cloud Run found in it
	networked("vpc.subnet", func(d *Desired) bool { return d.VPC.Subnet != "" }, func(n *runpb.VpcAccess_NetworkInterface, d *Desired) {
		if !sameName(n.Subnetwork, d.VPC.Subnet) {
			n.Subnetwork = d.VPC.Subnet
		}
	}, func(n *runpb.VpcAccess_NetworkInterface) { n.Subnetwork = "" }),
	networked("vpc.tags", func(d *Desired) bool { return len(d.VPC.Tags) > 0 }, func(n *runpb.VpcAccess_NetworkInterface, d *Desired) { n.Tags = d.VPC.Tags },
		func(n *runpb.VpcAccess_NetworkInterface) { n.Tags = nil }),
	choice("vpc.egress", func(d *Desired) string { return d.VPC.Egress }, map[string]runpb.VpcAccess_VpcEgress{
		egressAll: runpb.VpcAccess_ALL_TRAFFIC, egressPrivate: runpb.VpcAccess_PRIVATE_RANGES_ONLY,
	}, func(p place) *runpb.VpcAccess_VpcEgress { return &made(&p.template.VpcAccess).Egress }),

	// The instance's CPU is said at the container that gets the requests.
	{
		name: "cpu_throttling", want: func(d *Desired) bool { return d.CPUThrottling != nil },
		set: func(p place, d *Desired) { resources(p.app).CpuIdle = *d.CPUThrottling },
		clear: func(p place) {
			if p.app.Resources != nil {
				p.app.Resources.CpuIdle = true
			}
		},
	},
	optional("cpu_boost", func(d *Desired) *bool { return d.CPUBoost }, func(p place) *bool { return &resources(p.app).StartupCpuBoost }),
	{
		name: "use_http2", want: func(d *Desired) bool { return d.UseHTTP2 != nil },
		set: func(p place, d *Desired) {
			port(p.app).Name = http1
			if *d.UseHTTP2 {
				port(p.app).Name = h2c
			}
		},
		clear: func(p place) { port(p.app).Name = http1 },
	},
}

// networked is a field of the one interface that a template has in a network. It has
// that or a connector.
func networked(name string, want func(*Desired) bool, set func(*runpb.VpcAccess_NetworkInterface, *Desired), clear func(*runpb.VpcAccess_NetworkInterface)) field[place, *Desired] {
	return field[place, *Desired]{
		name: name, want: want,
		set: func(p place, d *Desired) {
			v := made(&p.template.VpcAccess)
			if v.Connector = ""; len(v.NetworkInterfaces) == 0 {
				v.NetworkInterfaces = []*runpb.VpcAccess_NetworkInterface{{}}
			}
			set(v.NetworkInterfaces[0], d)
		},
		clear: func(p place) {
			for _, n := range p.template.GetVpcAccess().GetNetworkInterfaces() {
				clear(n)
			}
		},
	}
}

// sameName says whether a resource is meant by a name, which may be its last part.
func sameName(full, name string) bool {
	return full == name || !strings.Contains(name, "/") && short(full) == name
}

// withoutEmpty takes away the parts of a service that say nothing. Cloud Run answers
// with and without them.
func withoutEmpty(s *runpb.Service) {
	drop := func(empty bool, clear func()) {
		if empty {
			clear()
		}
	}
	t := s.GetTemplate()
	drop(proto.Size(s.GetScaling()) == 0, func() { s.Scaling = nil })
	drop(proto.Size(s.GetBinaryAuthorization()) == 0, func() { s.BinaryAuthorization = nil })
	if t == nil {
		return
	}
	if v := t.VpcAccess; v != nil {
		if len(v.NetworkInterfaces) == 1 && v.NetworkInterfaces[0].GetNetwork()+v.NetworkInterfaces[0].GetSubnetwork() == "" {
			v.NetworkInterfaces = nil
		}
		drop(v.Connector == "" && len(v.NetworkInterfaces) == 0, func() { t.VpcAccess = nil }) // egress is of something
	}
	drop(proto.Size(t.Scaling) == 0, func() { t.Scaling = nil })
	drop(proto.Size(t.NodeSelector) == 0, func() { t.NodeSelector = nil })
	drop(proto.Size(t.ServiceMesh) == 0, func() { t.ServiceMesh = nil })
}
