package run_test

import (
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/genproto/googleapis/api"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/run"
)

const image = "europe-west1-docker.pkg.dev/demo/gcpdeploy/hello:1"

func target(kind runpb.TrafficTargetAllocationType, revision string, percent int32, tag string) *runpb.TrafficTarget {
	return &runpb.TrafficTarget{Type: kind, Revision: revision, Percent: percent, Tag: tag}
}

const (
	latest     = runpb.TrafficTargetAllocationType_TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST
	byRevision = runpb.TrafficTargetAllocationType_TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION
)

// TestRefusals: what Google refuses, with the same codes. No container is made.
func TestRefusals(t *testing.T) {
	t.Parallel()
	e := start(t, run.Config{})
	type edit = func(*runpb.CreateServiceRequest, *runpb.Service, *runpb.Container)
	env := func(name string) edit {
		return func(_ *runpb.CreateServiceRequest, _ *runpb.Service, c *runpb.Container) {
			c.Env = append(c.Env, &runpb.EnvVar{Name: name})
		}
	}
	limit := func(cpu, memory string) edit {
		return func(_ *runpb.CreateServiceRequest, _ *runpb.Service, c *runpb.Container) {
			c.Resources = &runpb.ResourceRequirements{CpuIdle: true, Limits: map[string]string{}}
			for k, v := range map[string]string{"cpu": cpu, "memory": memory} {
				if v != "" {
					c.Resources.Limits[k] = v
				}
			}
		}
	}
	second := func(cpu, memory string) edit {
		return func(r *runpb.CreateServiceRequest, s *runpb.Service, c *runpb.Container) {
			limit(cpu, memory)(r, s, c)
			s.Template.ExecutionEnvironment = runpb.ExecutionEnvironment_EXECUTION_ENVIRONMENT_GEN2
		}
	}
	traffic := func(tt ...*runpb.TrafficTarget) edit {
		return func(_ *runpb.CreateServiceRequest, s *runpb.Service, _ *runpb.Container) { s.Traffic = tt }
	}
	id := func(v string) edit {
		return func(r *runpb.CreateServiceRequest, _ *runpb.Service, _ *runpb.Container) { r.ServiceId = v }
	}
	parentIs := func(v string) edit {
		return func(r *runpb.CreateServiceRequest, _ *runpb.Service, _ *runpb.Container) { r.Parent = v }
	}
	img := func(v string) edit {
		return func(_ *runpb.CreateServiceRequest, _ *runpb.Service, c *runpb.Container) { c.Image = v }
	}
	svc := func(f func(*runpb.Service)) edit {
		return func(_ *runpb.CreateServiceRequest, s *runpb.Service, _ *runpb.Container) { f(s) }
	}
	con := func(f func(*runpb.Container)) edit {
		return func(_ *runpb.CreateServiceRequest, _ *runpb.Service, c *runpb.Container) { f(c) }
	}
	beside := func(f func(*runpb.Container)) edit {
		return func(_ *runpb.CreateServiceRequest, s *runpb.Service, c *runpb.Container) {
			c.Name, c.Ports = "app", []*runpb.ContainerPort{{ContainerPort: 8080}}
			other := &runpb.Container{Name: "beside", Image: image}
			f(other)
			s.Template.Containers = append(s.Template.Containers, other)
		}
	}
	volume := func(v *runpb.Volume, path string) edit {
		return func(_ *runpb.CreateServiceRequest, s *runpb.Service, c *runpb.Container) {
			s.Template.Volumes, c.VolumeMounts = []*runpb.Volume{v}, []*runpb.VolumeMount{{Name: v.GetName(), MountPath: path}}
		}
	}
	for _, tt := range []struct {
		name string
		edit edit
		want codes.Code
		text string
	}{
		{"fine", func(*runpb.CreateServiceRequest, *runpb.Service, *runpb.Container) {}, codes.OK, ""},
		{"digest", img("europe-west1-docker.pkg.dev/demo/g/hello@sha256:" + strings.Repeat("a", 64)), codes.OK, ""},
		{"loopback registry", img("127.0.0.1:5000/demo/g/hello:run-1"), codes.OK, ""},
		{"id upper case", id("Hello"), codes.InvalidArgument, "service id"},
		{"id digit first", id("1a"), codes.InvalidArgument, "service id"},
		{"id hyphen last", id("a-"), codes.InvalidArgument, "service id"},
		{"id of 50", id(strings.Repeat("a", 50)), codes.InvalidArgument, "fewer than 50"},
		{"id of 49", id(strings.Repeat("a", 49)), codes.OK, ""},
		{"id with dots", id("../x"), codes.InvalidArgument, "service id"},
		{"no id", id(""), codes.InvalidArgument, "service id"},
		{"parent", parentIs("projects/demo"), codes.InvalidArgument, "parent"},
		{"parent with dots", parentIs("projects/../locations/x"), codes.InvalidArgument, "parent"},
		{"parent wildcard", parentIs("projects/demo/locations/-"), codes.InvalidArgument, "parent"},
		{"parent too long", parentIs(parent + "/services/x"), codes.InvalidArgument, "parent"},
		{"no template", svc(func(s *runpb.Service) { s.Template = nil }), codes.InvalidArgument, "template"},
		{"no container", svc(func(s *runpb.Service) { s.Template.Containers = nil }), codes.InvalidArgument, "at least one container"},
		{"sidecar without a name", beside(func(c *runpb.Container) { c.Name = "" }), codes.InvalidArgument, "name is required"},
		{"sidecar with a port", beside(func(c *runpb.Container) { c.Ports = []*runpb.ContainerPort{{ContainerPort: 1}} }), codes.InvalidArgument, "exactly one container with an exposed port"},
		{"sidecar", beside(func(*runpb.Container) {}), codes.OK, ""},
		{"sidecar of the same name", beside(func(c *runpb.Container) { c.Name = "app" }), codes.InvalidArgument, "twice"},
		{"sidecar's probe", beside(func(c *runpb.Container) { c.StartupProbe = &runpb.Probe{} }), codes.InvalidArgument, "port is required"},
		{"depends on nothing", beside(func(c *runpb.Container) { c.DependsOn = []string{"none"} }), codes.InvalidArgument, "no other container"},
		{"depends in a circle", svc(func(s *runpb.Service) {
			s.Template.Containers = []*runpb.Container{
				{Name: "a", Image: image, Ports: []*runpb.ContainerPort{{}}, DependsOn: []string{"b"}}, {Name: "b", Image: image, DependsOn: []string{"a"}},
			}
		}), codes.InvalidArgument, "circle"},
		{"container name", con(func(c *runpb.Container) { c.Name = "A" }), codes.InvalidArgument, "container name"},
		{"volume without a type", volume(&runpb.Volume{Name: "v"}, "/v"), codes.InvalidArgument, "type is required"},
		{"volume in memory", volume(&runpb.Volume{Name: "v", VolumeType: &runpb.Volume_EmptyDir{EmptyDir: &runpb.EmptyDirVolumeSource{SizeLimit: "1Gi"}}}, "/v"), codes.OK, ""},
		{"volume's size", volume(&runpb.Volume{Name: "v", VolumeType: &runpb.Volume_EmptyDir{EmptyDir: &runpb.EmptyDirVolumeSource{SizeLimit: "much"}}}, "/v"), codes.InvalidArgument, "size_limit"},
		{"mount at /", volume(&runpb.Volume{Name: "v", VolumeType: &runpb.Volume_EmptyDir{EmptyDir: &runpb.EmptyDirVolumeSource{}}}, "/"), codes.InvalidArgument, "mount_path"},
		{"mount of nothing", con(func(c *runpb.Container) { c.VolumeMounts = []*runpb.VolumeMount{{Name: "v", MountPath: "/v"}} }), codes.InvalidArgument, "must match"},
		{"secret's path", volume(&runpb.Volume{Name: "v", VolumeType: &runpb.Volume_Secret{Secret: &runpb.SecretVolumeSource{Secret: "s", Items: []*runpb.VersionToPath{{Path: "../x", Version: "1"}}}}}, "/v"), codes.InvalidArgument, "relative path"},
		{"secret's mode", volume(&runpb.Volume{Name: "v", VolumeType: &runpb.Volume_Secret{Secret: &runpb.SecretVolumeSource{Secret: "s", DefaultMode: 0o1777}}}, "/v"), codes.InvalidArgument, "0777"},
		{"database's mount", volume(&runpb.Volume{Name: "v", VolumeType: &runpb.Volume_CloudSqlInstance{CloudSqlInstance: &runpb.CloudSqlInstance{Instances: []string{"p:r:i"}}}}, "/db"), codes.InvalidArgument, "/cloudsql"},
		{"bucket", volume(&runpb.Volume{Name: "v", VolumeType: &runpb.Volume_Gcs{Gcs: &runpb.GCSVolumeSource{Bucket: "b"}}}, "/v"), codes.Unimplemented, "buckets"},
		{"nfs", volume(&runpb.Volume{Name: "v", VolumeType: &runpb.Volume_Nfs{Nfs: &runpb.NFSVolumeSource{Server: "10.0.0.1", Path: "/x"}}}, "/v"), codes.Unimplemented, "NFS"},
		{"liveness by tcp", con(func(c *runpb.Container) {
			c.LivenessProbe = &runpb.Probe{ProbeType: &runpb.Probe_TcpSocket{TcpSocket: &runpb.TCPSocketAction{}}}
		}), codes.InvalidArgument, "startup probes only"},
		{"launch stage", svc(func(s *runpb.Service) { s.LaunchStage = api.LaunchStage_DEPRECATED }), codes.InvalidArgument, "launch_stage"},
		{"manual without a count", svc(func(s *runpb.Service) {
			s.Scaling = &runpb.ServiceScaling{ScalingMode: runpb.ServiceScaling_MANUAL}
		}), codes.InvalidArgument, "manual_instance_count"},
		{"service's instances", svc(func(s *runpb.Service) { s.Scaling = &runpb.ServiceScaling{MinInstanceCount: 2, MaxInstanceCount: 1} }), codes.InvalidArgument, "do not fit"},
		{"breakglass", svc(func(s *runpb.Service) {
			s.BinaryAuthorization = &runpb.BinaryAuthorization{BreakglassJustification: "fire"}
		}), codes.InvalidArgument, "use_default"},
		{"connector and network", svc(func(s *runpb.Service) {
			s.Template.VpcAccess = &runpb.VpcAccess{Connector: "c", NetworkInterfaces: []*runpb.VpcAccess_NetworkInterface{{Network: "n"}}}
		}), codes.InvalidArgument, "exclude each other"},
		{"network without a name", svc(func(s *runpb.Service) {
			s.Template.VpcAccess = &runpb.VpcAccess{NetworkInterfaces: []*runpb.VpcAccess_NetworkInterface{{Tags: []string{"t"}}}}
		}), codes.InvalidArgument, "network and subnetwork"},
		{"key", svc(func(s *runpb.Service) { s.Template.EncryptionKey = "mine" }), codes.InvalidArgument, "encryption_key"},
		{"gpu without a type", con(func(c *runpb.Container) {
			c.Resources = &runpb.ResourceRequirements{Limits: map[string]string{"nvidia.com/gpu": "1", "cpu": "4", "memory": "16Gi"}}
		}), codes.InvalidArgument, "is required with the limit"},
		{"system label", svc(func(s *runpb.Service) { s.Labels = map[string]string{"run.googleapis.com/x": "y"} }), codes.InvalidArgument, "system namespace"},
		{"system annotation", svc(func(s *runpb.Service) { s.Annotations = map[string]string{"serving.knative.dev/x": "y"} }), codes.InvalidArgument, "system namespace"},
		{"system sub-namespace", svc(func(s *runpb.Service) {
			s.Template.Annotations = map[string]string{"client.cloud.googleapis.com/x": "y"}
		}), codes.InvalidArgument, "system namespace"},
		{"own annotation", svc(func(s *runpb.Service) { s.Annotations = map[string]string{"gcpdeploy.dev/Run": "Any thing"} }), codes.OK, ""},
		{"label value", svc(func(s *runpb.Service) { s.Template.Labels = map[string]string{"a": "B"} }), codes.InvalidArgument, "lowercase"},
		{"description", svc(func(s *runpb.Service) { s.Description = strings.Repeat("x", 513) }), codes.InvalidArgument, "512"},
		{"revision name", svc(func(s *runpb.Service) { s.Template.Revision = "other-1" }), codes.InvalidArgument, "must start with"},
		{"revision case", svc(func(s *runpb.Service) { s.Template.Revision = "hello-A" }), codes.InvalidArgument, "must start with"},
		{"revision length", svc(func(s *runpb.Service) { s.Template.Revision = "hello-" + strings.Repeat("a", 58) }), codes.InvalidArgument, "63"},
		{"timeout", svc(func(s *runpb.Service) { s.Template.Timeout = durationpb.New(2 * time.Hour) }), codes.InvalidArgument, "3600s"},
		{"concurrency", svc(func(s *runpb.Service) { s.Template.MaxInstanceRequestConcurrency = 1001 }), codes.InvalidArgument, "1000"},
		{"scaling", svc(func(s *runpb.Service) {
			s.Template.Scaling = &runpb.RevisionScaling{MinInstanceCount: 3, MaxInstanceCount: 2}
		}), codes.InvalidArgument, "scaling"},
		{"image of Docker Hub", img("nginx:1"), codes.OK, ""},
		{"no image", img(""), codes.InvalidArgument, "image"},
		{"image without tag", img("gcr.io/demo/hello"), codes.InvalidArgument, "neither a tag nor a digest"},
		{"image with port without tag", img("127.0.0.1:5000/hello"), codes.InvalidArgument, "neither a tag nor a digest"},
		{"image with dots", img("gcr.io/../hello:1"), codes.InvalidArgument, "image path"},
		{"image with blank", img("gcr.io/a b:1"), codes.InvalidArgument, "image path"},
		{"PORT", env("PORT"), codes.InvalidArgument, "reserved env names were provided: PORT"},
		{"K_SERVICE", env("K_SERVICE"), codes.InvalidArgument, "reserved"},
		{"empty variable", env(""), codes.InvalidArgument, "name"},
		{"variable with =", env("A=B"), codes.InvalidArgument, "name"},
		{"variable twice", con(func(c *runpb.Container) { c.Env = []*runpb.EnvVar{{Name: "A"}, {Name: "A"}} }), codes.InvalidArgument, "twice"},
		{"two ports", con(func(c *runpb.Container) {
			c.Ports = []*runpb.ContainerPort{{ContainerPort: 1}, {ContainerPort: 2}}
		}), codes.InvalidArgument, "at most one port"},
		{"port", con(func(c *runpb.Container) { c.Ports = []*runpb.ContainerPort{{ContainerPort: 70000}} }), codes.InvalidArgument, "65535"},
		{"port name", con(func(c *runpb.Container) { c.Ports = []*runpb.ContainerPort{{Name: "web"}} }), codes.InvalidArgument, "h2c"},
		{"probe delay", con(func(c *runpb.Container) { c.StartupProbe = &runpb.Probe{InitialDelaySeconds: 241} }), codes.InvalidArgument, "240"},
		{"probe timeout", con(func(c *runpb.Container) { c.StartupProbe = &runpb.Probe{TimeoutSeconds: 11} }), codes.InvalidArgument, "period_seconds"},
		{"limits", limit("1", "512Mi"), codes.OK, ""},
		{"small", limit("500m", "512Mi"), codes.OK, ""},
		{"large", limit("4", "2Gi"), codes.OK, ""},
		{"cpu 3", limit("3", ""), codes.InvalidArgument, "cpu"},
		{"cpu text", limit("one", ""), codes.InvalidArgument, "cpu"},
		{"memory text", limit("", "512MB"), codes.InvalidArgument, "512MB"},
		{"memory low", limit("", "64Mi"), codes.InvalidArgument, "between 128Mi and 4Gi"},
		{"memory high", limit("1", "8Gi"), codes.InvalidArgument, "between 128Mi and 4Gi"},
		{"memory for 4", limit("4", "512Mi"), codes.InvalidArgument, "between 2Gi and 16Gi"},
		{"gen2", second("1", "512Mi"), codes.OK, ""},
		{"gen2 small", second("500m", "512Mi"), codes.InvalidArgument, "cpu < 1 is not supported with gen2"},
		{"gen2 memory", second("1", "500Mi"), codes.InvalidArgument, "at least 512Mi in the gen2"},
		{"small, always allocated", con(func(c *runpb.Container) {
			c.Resources = &runpb.ResourceRequirements{Limits: map[string]string{"cpu": "500m"}}
		}), codes.InvalidArgument, "cpu-throttling disabled"},
		{"other limit", con(func(c *runpb.Container) {
			c.Resources = &runpb.ResourceRequirements{Limits: map[string]string{"disk": "1"}}
		}), codes.InvalidArgument, "disk"},
		{"split", traffic(target(latest, "", 50, "")), codes.InvalidArgument, "sum to 100"},
		{"split over", traffic(target(latest, "", 100, ""), target(latest, "", 100, "")), codes.InvalidArgument, "sum to 100"},
		{"no type", traffic(target(0, "", 100, "")), codes.InvalidArgument, "type"},
		{"latest and name", traffic(target(latest, "hello-1", 100, "")), codes.InvalidArgument, "LATEST"},
		{"unknown revision", traffic(target(byRevision, "hello-1", 100, "")), codes.NotFound, "hello-1"},
		{"tag", traffic(target(latest, "", 100, "Blue")), codes.InvalidArgument, "tag"},
		{"tag twice", traffic(target(latest, "", 100, "a"), target(latest, "", 0, "a")), codes.InvalidArgument, "twice"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := service(&runpb.Container{Image: image})
			req := &runpb.CreateServiceRequest{Parent: parent, ServiceId: "hello", Service: s, ValidateOnly: true}
			tt.edit(req, s, s.Template.Containers[0])
			_, err := e.services.CreateService(t.Context(), req)
			if status.Code(err) != tt.want || (err != nil && !strings.Contains(err.Error(), tt.text)) {
				t.Errorf("= %v, want %v %q", err, tt.want, tt.text)
			}
		})
	}
	t.Cleanup(func() {
		if n := len(e.server.Services()); n > 0 {
			t.Errorf("%d services made by refused or validated requests", n)
		}
	})
}
