package run_test

import (
	"time"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/run"
)

// place is a service, its template, and the container that gets the requests.
type place struct {
	s *runpb.Service
	t *runpb.RevisionTemplate
	c *runpb.Container
}

// setting is a row of the contract of settings.
type setting struct {
	key         string
	set, change func(*run.Desired)
	want        func(place) // what set makes of a service that has none of it
	// theirs is what another client sets beside; nil = the very same as want.
	theirs func(place)
}

// wish makes what a setting sets of one of two values.
func wish[T any](to func(*run.Desired) *T, first, second T) (set, change func(*run.Desired)) {
	return func(d *run.Desired) { *to(d) = first }, func(d *run.Desired) { *to(d) = second }
}

func of[T any](key string, to func(*run.Desired) *T, first, second T, want func(place), theirs ...func(place)) setting {
	s := setting{key: key, want: want}
	s.set, s.change = wish(to, first, second)
	if len(theirs) > 0 {
		s.theirs = theirs[0]
	}
	return s
}

type texts = map[string]string

// beside is a sidecar.
func beside(c run.Sidecar) map[string]run.Sidecar {
	c.Image = "nginx:1"
	return map[string]run.Sidecar{"proxy": c}
}

// withSidecar is what a sidecar makes of a service.
func withSidecar(change func(*runpb.Container, place)) func(place) {
	return func(p place) {
		p.c.Name = "app"
		c := &runpb.Container{Name: "proxy", Image: "nginx:1"}
		change(c, p)
		p.t.Containers = append(p.t.Containers, c)
	}
}

func theirSidecar(p place) {
	p.c.Name = "web"
	p.t.Containers = append(p.t.Containers, &runpb.Container{Name: "theirs", Image: "envoy:1"})
}

func scaled(change func(*runpb.ServiceScaling)) func(place) {
	return func(p place) { p.s.Scaling = &runpb.ServiceScaling{}; change(p.s.Scaling) }
}

func network(change func(*runpb.VpcAccess_NetworkInterface)) func(place) {
	return func(p place) {
		n := &runpb.VpcAccess_NetworkInterface{Network: "n"}
		change(n)
		p.t.VpcAccess = &runpb.VpcAccess{NetworkInterfaces: []*runpb.VpcAccess_NetworkInterface{n}}
	}
}

func mount(v *runpb.Volume, at string) func(place) {
	return func(p place) {
		p.t.Volumes = append(p.t.Volumes, v)
		p.c.VolumeMounts = append(p.c.VolumeMounts, &runpb.VolumeMount{Name: v.Name, MountPath: at})
	}
}

var theirVolume = mount(&runpb.Volume{Name: "theirs", VolumeType: &runpb.Volume_EmptyDir{EmptyDir: &runpb.EmptyDirVolumeSource{Medium: runpb.EmptyDirVolumeSource_MEMORY}}}, "/theirs")

func variable(name, value string) *runpb.EnvVar {
	return &runpb.EnvVar{Name: name, Values: &runpb.EnvVar_Value{Value: value}}
}

func secret(name, secret, version string) *runpb.EnvVar {
	return &runpb.EnvVar{Name: name, Values: &runpb.EnvVar_ValueSource{ValueSource: &runpb.EnvVarSource{SecretKeyRef: &runpb.SecretKeySelector{Secret: secret, Version: version}}}}
}

func setLabel(m *map[string]string, key, value string) {
	if *m == nil {
		*m = map[string]string{}
	}
	(*m)[key] = value
}

func sql(instances ...string) *runpb.Volume {
	return &runpb.Volume{Name: "cloudsql", VolumeType: &runpb.Volume_CloudSqlInstance{CloudSqlInstance: &runpb.CloudSqlInstance{Instances: instances}}}
}

var yesp, nop = &yes, &no

// settings has every key, each as it is set, changed, removed and left alone.
var settings = []setting{
	of("description", func(d *run.Desired) *string { return &d.Description }, "a", "b", func(p place) { p.s.Description = "a" }),
	of("labels", func(d *run.Desired) *map[string]string { return &d.Labels }, texts{"a": "1", "b": "1"}, texts{"a": "2"}, func(p place) {
		for _, m := range []*map[string]string{&p.s.Labels, &p.t.Labels} {
			setLabel(m, "a", "1")
			setLabel(m, "b", "1")
		}
	}, func(p place) { setLabel(&p.s.Labels, "theirs", "1"); setLabel(&p.t.Labels, "other", "1") }),
	of("annotations", func(d *run.Desired) *map[string]string { return &d.Annotations }, texts{"x/a": "1", "x/b": "1"}, texts{"x/a": "2"},
		func(p place) { setLabel(&p.s.Annotations, "x/a", "1"); setLabel(&p.s.Annotations, "x/b", "1") },
		func(p place) { setLabel(&p.s.Annotations, "theirs", "1") }),
	of("ingress", func(d *run.Desired) *string { return &d.Ingress }, "internal", "internal-and-cloud-load-balancing",
		func(p place) { p.s.Ingress = runpb.IngressTraffic_INGRESS_TRAFFIC_INTERNAL_ONLY }),
	of("default_url", func(d *run.Desired) **bool { return &d.DefaultURL }, nop, yesp, func(p place) { p.s.DefaultUriDisabled = true }),
	of("iap", func(d *run.Desired) **bool { return &d.IAP }, yesp, nop, func(p place) { p.s.IapEnabled = true }),
	of("allow_unauthenticated", func(d *run.Desired) **bool { return &d.AllowUnauthenticated }, yesp, nop, func(p place) { p.s.InvokerIamDisabled = true }),
	of("invoker_iam_check", func(d *run.Desired) **bool { return &d.InvokerIAMCheck }, nop, yesp, func(p place) { p.s.InvokerIamDisabled = true }),
	of("custom_audiences", func(d *run.Desired) *[]string { return &d.CustomAudiences }, []string{"a", "b"}, []string{"b", "c"},
		func(p place) { p.s.CustomAudiences = append(p.s.CustomAudiences, "a", "b") }, func(p place) { p.s.CustomAudiences = []string{"theirs"} }),
	of("service_min_instances", func(d *run.Desired) **int { return &d.ServiceMinInstances }, number(2), number(3), scaled(func(s *runpb.ServiceScaling) { s.MinInstanceCount = 2 })),
	of("service_max_instances", func(d *run.Desired) **int { return &d.ServiceMaxInstances }, number(2), number(3), scaled(func(s *runpb.ServiceScaling) { s.MaxInstanceCount = 2 })),
	of("scaling", func(d *run.Desired) *string { return &d.Scaling }, "4", "auto", scaled(func(s *runpb.ServiceScaling) {
		s.ScalingMode, s.ManualInstanceCount = runpb.ServiceScaling_MANUAL, proto.Int32(4)
	})),
	of("binary_authorization", func(d *run.Desired) *string { return &d.BinaryAuthorization }, "default", "projects/p/platforms/cloudRun/policies/x", func(p place) {
		p.s.BinaryAuthorization = &runpb.BinaryAuthorization{BinauthzMethod: &runpb.BinaryAuthorization_UseDefault{UseDefault: true}}
	}),
	of("breakglass", func(d *run.Desired) *string { return &d.Breakglass }, "fire", "flood", func(p place) {
		p.s.BinaryAuthorization = &runpb.BinaryAuthorization{BreakglassJustification: "fire"}
	}),

	of("timeout", func(d *run.Desired) *int { return &d.TimeoutSeconds }, 9, 8, func(p place) { p.t.Timeout = durationpb.New(9 * time.Second) }),
	of("service_account", func(d *run.Desired) *string { return &d.ServiceAccount }, "a@b", "c@b", func(p place) { p.t.ServiceAccount = "a@b" }),
	of("min_instances", func(d *run.Desired) **int { return &d.MinInstances }, number(1), number(2), func(p place) { p.t.Scaling = &runpb.RevisionScaling{MinInstanceCount: 1} }),
	of("max_instances", func(d *run.Desired) **int { return &d.MaxInstances }, number(1), number(2), func(p place) { p.t.Scaling = &runpb.RevisionScaling{MaxInstanceCount: 1} }),
	of("concurrency", func(d *run.Desired) *int { return &d.Concurrency }, 9, 8, func(p place) { p.t.MaxInstanceRequestConcurrency = 9 }),
	of("execution_environment", func(d *run.Desired) *string { return &d.ExecutionEnvironment }, "gen2", "gen1",
		func(p place) { p.t.ExecutionEnvironment = runpb.ExecutionEnvironment_EXECUTION_ENVIRONMENT_GEN2 }),
	of("session_affinity", func(d *run.Desired) **bool { return &d.SessionAffinity }, yesp, nop, func(p place) { p.t.SessionAffinity = true }),
	of("deploy_health_check", func(d *run.Desired) **bool { return &d.DeployHealthCheck }, nop, yesp, func(p place) { p.t.HealthCheckDisabled = true }),
	of("gpu", func(d *run.Desired) *string { return &d.GPU }, "1", "2", func(p place) { p.c.Resources.Limits["nvidia.com/gpu"] = "1" }),
	of("gpu_type", func(d *run.Desired) *string { return &d.GPUType }, "nvidia-l4", "nvidia-x", func(p place) { p.t.NodeSelector = &runpb.NodeSelector{Accelerator: "nvidia-l4"} }),
	of("gpu_zonal_redundancy", func(d *run.Desired) **bool { return &d.GPUZonalRedundancy }, nop, yesp, func(p place) { p.t.GpuZonalRedundancyDisabled = proto.Bool(true) }),
	of("mesh", func(d *run.Desired) *string { return &d.Mesh }, "projects/p/locations/global/meshes/m", "projects/p/locations/global/meshes/n", func(p place) {
		p.t.ServiceMesh = &runpb.ServiceMesh{Mesh: "projects/p/locations/global/meshes/m"}
	}),
	of("encryption_key", func(d *run.Desired) *string { return &d.EncryptionKey }, cryptoKey, cryptoKey+"2", func(p place) { p.t.EncryptionKey = cryptoKey }),
	of("post_key_revocation_action_type", func(d *run.Desired) *string { return &d.PostKeyRevocationActionType }, "prevent-new", "shut-down",
		func(p place) {
			p.t.EncryptionKeyRevocationAction = runpb.EncryptionKeyRevocationAction_PREVENT_NEW
		}),
	of("encryption_key_shutdown_hours", func(d *run.Desired) *int { return &d.EncryptionKeyShutdownHours }, 2, 3,
		func(p place) { p.t.EncryptionKeyShutdownDuration = durationpb.New(2 * time.Hour) }),
	of("vpc.connector", func(d *run.Desired) *run.VPC { return &d.VPC }, run.VPC{Connector: "c"}, run.VPC{Connector: "d"},
		func(p place) {
			p.t.VpcAccess = &runpb.VpcAccess{Connector: "projects/p/locations/europe-west1/connectors/c"}
		}),
	of("vpc.network", func(d *run.Desired) *run.VPC { return &d.VPC }, run.VPC{Network: "n"}, run.VPC{Network: "m"},
		network(func(*runpb.VpcAccess_NetworkInterface) {})),
	of("vpc.subnet", func(d *run.Desired) *run.VPC { return &d.VPC }, run.VPC{Network: "n", Subnet: "s"}, run.VPC{Network: "n", Subnet: "t"},
		network(func(n *runpb.VpcAccess_NetworkInterface) { n.Subnetwork = "s" })),
	of("vpc.tags", func(d *run.Desired) *run.VPC { return &d.VPC }, run.VPC{Network: "n", Tags: []string{"a"}}, run.VPC{Network: "n", Tags: []string{"b"}},
		network(func(n *runpb.VpcAccess_NetworkInterface) { n.Tags = []string{"a"} })),
	of("vpc.egress", func(d *run.Desired) *run.VPC { return &d.VPC }, run.VPC{Network: "n", Egress: "all-traffic"}, run.VPC{Network: "n", Egress: "private-ranges-only"},
		func(p place) {
			network(func(*runpb.VpcAccess_NetworkInterface) {})(p)
			p.t.VpcAccess.Egress = runpb.VpcAccess_ALL_TRAFFIC
		}),

	of("port", func(d *run.Desired) *int { return &d.Port }, 9000, 9001, func(p place) { p.c.Ports[0].ContainerPort = 9000 }, func(place) {}),
	of("use_http2", func(d *run.Desired) **bool { return &d.UseHTTP2 }, yesp, nop, func(p place) { p.c.Ports[0].Name = "h2c" }),
	of("cpu", func(d *run.Desired) *string { return &d.CPU }, "2", "4", func(p place) { p.c.Resources.Limits["cpu"] = "2" }),
	of("memory", func(d *run.Desired) *string { return &d.Memory }, "1Gi", "2Gi", func(p place) { p.c.Resources.Limits["memory"] = "1Gi" }),
	of("cpu_throttling", func(d *run.Desired) **bool { return &d.CPUThrottling }, nop, yesp, func(p place) { p.c.Resources.CpuIdle = false }),
	of("cpu_boost", func(d *run.Desired) **bool { return &d.CPUBoost }, yesp, nop, func(p place) { p.c.Resources.StartupCpuBoost = true }),
	of("env", func(d *run.Desired) *map[string]string { return &d.Env }, texts{"A": "1", "B": "1"}, texts{"A": "2"},
		func(p place) { p.c.Env = append(p.c.Env, variable("A", "1"), variable("B", "1")) },
		func(p place) { p.c.Env = []*runpb.EnvVar{variable("THEIRS", "1")} }),
	of("secrets", func(d *run.Desired) *map[string]string { return &d.Secrets }, texts{"A": "a:1", "B": "b:latest"}, texts{"A": "a:2"},
		func(p place) { p.c.Env = append(p.c.Env, secret("A", "a", "1"), secret("B", "b", "latest")) },
		func(p place) { p.c.Env = []*runpb.EnvVar{secret("THEIRS", "t", "1")} }),
	of("secrets", func(d *run.Desired) *map[string]string { return &d.Secrets }, texts{"/etc/x/a": "a:1", "/etc/x/b": "a:2"}, texts{"/etc/x/a": "b:1"},
		mount(&runpb.Volume{Name: "secret-9ad10d18", VolumeType: &runpb.Volume_Secret{Secret: &runpb.SecretVolumeSource{Secret: "a", DefaultMode: 0o444,
			Items: []*runpb.VersionToPath{{Path: "a", Version: "1", Mode: 0o444}, {Path: "b", Version: "2", Mode: 0o444}}}}}, "/etc/x"), theirVolume),
	of("volumes", func(d *run.Desired) *map[string]run.Volume { return &d.Volumes },
		map[string]run.Volume{"v": {Type: "cloud-storage", Mount: "/v", Bucket: "b", ReadOnly: true, MountOptions: []string{"o"}}},
		map[string]run.Volume{"v": {Type: "cloud-storage", Mount: "/w", Bucket: "c"}},
		mount(&runpb.Volume{Name: "v", VolumeType: &runpb.Volume_Gcs{Gcs: &runpb.GCSVolumeSource{Bucket: "b", ReadOnly: true, MountOptions: []string{"o"}}}}, "/v"), theirVolume),
	of("volumes", func(d *run.Desired) *map[string]run.Volume { return &d.Volumes },
		map[string]run.Volume{"v": {Type: "nfs", Mount: "/v", Location: "h:/p", ReadOnly: true}}, map[string]run.Volume{"v": {Type: "nfs", Mount: "/v", Location: "i:/p"}},
		mount(&runpb.Volume{Name: "v", VolumeType: &runpb.Volume_Nfs{Nfs: &runpb.NFSVolumeSource{Server: "h", Path: "/p", ReadOnly: true}}}, "/v"), theirVolume),
	of("volumes", func(d *run.Desired) *map[string]run.Volume { return &d.Volumes },
		map[string]run.Volume{"v": {Type: "in-memory", Mount: "/v", SizeLimit: "1Mi"}}, map[string]run.Volume{"w": {Type: "in-memory", Mount: "/v"}},
		mount(&runpb.Volume{Name: "v", VolumeType: &runpb.Volume_EmptyDir{EmptyDir: &runpb.EmptyDirVolumeSource{Medium: runpb.EmptyDirVolumeSource_MEMORY, SizeLimit: "1Mi"}}}, "/v"), theirVolume),
	of("cloudsql_instances", func(d *run.Desired) *[]string { return &d.CloudSQLInstances }, []string{"p:r:a", "p:r:b"}, []string{"p:r:b"},
		mount(sql("p:r:a", "p:r:b"), "/cloudsql"), theirVolume),
	of("startup_probe", func(d *run.Desired) **run.Probe { return &d.StartupProbe },
		&run.Probe{HTTPGet: &run.HTTPGet{Path: "/h", Headers: texts{"A": "b"}}, InitialDelaySeconds: 2, TimeoutSeconds: 3, PeriodSeconds: 4, FailureThreshold: 5},
		&run.Probe{TCPSocket: &run.TCPSocket{Port: 99}}, func(p place) {
			p.c.StartupProbe = &runpb.Probe{InitialDelaySeconds: 2, TimeoutSeconds: 3, PeriodSeconds: 4, FailureThreshold: 5, ProbeType: &runpb.Probe_HttpGet{
				HttpGet: &runpb.HTTPGetAction{Path: "/h", Port: 8080, HttpHeaders: []*runpb.HTTPHeader{{Name: "A", Value: "b"}}}}}
		}),
	of("liveness_probe", func(d *run.Desired) **run.Probe { return &d.LivenessProbe }, &run.Probe{GRPC: &run.GRPC{Port: 5, Service: "s"}}, &run.Probe{GRPC: &run.GRPC{}}, func(p place) {
		p.c.LivenessProbe = &runpb.Probe{TimeoutSeconds: 1, PeriodSeconds: 10, FailureThreshold: 3, ProbeType: &runpb.Probe_Grpc{Grpc: &runpb.GRPCAction{Port: 5, Service: "s"}}}
	}),
	of("readiness_probe", func(d *run.Desired) **run.Probe { return &d.ReadinessProbe }, &run.Probe{HTTPGet: &run.HTTPGet{}}, &run.Probe{HTTPGet: &run.HTTPGet{Port: 9}}, func(p place) {
		p.c.ReadinessProbe = &runpb.Probe{TimeoutSeconds: 1, PeriodSeconds: 10, FailureThreshold: 3, ProbeType: &runpb.Probe_HttpGet{HttpGet: &runpb.HTTPGetAction{Path: "/", Port: 8080}}}
	}),
	{
		key: "depends_on", set: func(d *run.Desired) { d.Sidecars, d.DependsOn = beside(run.Sidecar{}), []string{"proxy"} }, change: func(d *run.Desired) { d.Sidecars = beside(run.Sidecar{}) },
		want: withSidecar(func(_ *runpb.Container, p place) { p.c.DependsOn = []string{"proxy"} }), theirs: theirSidecar,
	},
	of("sidecars", func(d *run.Desired) *map[string]run.Sidecar { return &d.Sidecars },
		beside(run.Sidecar{
			Command: []string{"c"}, Args: []string{"a"}, CPU: "1", Memory: "1Gi", Env: texts{"A": "1"}, Secrets: texts{"B": "b:1"},
			StartupProbe: &run.Probe{TCPSocket: &run.TCPSocket{Port: 7}},
		}),
		beside(run.Sidecar{Env: texts{"C": "1"}}),
		withSidecar(func(c *runpb.Container, _ place) {
			c.Command, c.Args, c.Env = []string{"c"}, []string{"a"}, []*runpb.EnvVar{variable("A", "1"), secret("B", "b", "1")}
			c.Resources = &runpb.ResourceRequirements{CpuIdle: true, Limits: texts{"cpu": "1", "memory": "1Gi"}}
			c.StartupProbe = &runpb.Probe{TimeoutSeconds: 1, PeriodSeconds: 10, FailureThreshold: 3, ProbeType: &runpb.Probe_TcpSocket{TcpSocket: &runpb.TCPSocketAction{Port: 7}}}
		}), theirSidecar),
	{
		key: "sidecars",
		set: func(d *run.Desired) {
			d.Volumes = map[string]run.Volume{"v": {Type: "in-memory"}}
			d.Sidecars = beside(run.Sidecar{Mounts: texts{"v": "/v"}})
		},
		change: func(d *run.Desired) {
			d.Volumes = map[string]run.Volume{"v": {Type: "in-memory"}}
			d.Sidecars = beside(run.Sidecar{Mounts: texts{"v": "/w"}})
		},
		want: withSidecar(func(c *runpb.Container, p place) {
			p.t.Volumes = append(p.t.Volumes, &runpb.Volume{Name: "v", VolumeType: &runpb.Volume_EmptyDir{EmptyDir: &runpb.EmptyDirVolumeSource{Medium: runpb.EmptyDirVolumeSource_MEMORY}}})
			c.VolumeMounts = []*runpb.VolumeMount{{Name: "v", MountPath: "/v"}}
		}), theirs: theirSidecar,
	},
}
