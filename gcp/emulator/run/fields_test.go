package run_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/genproto/googleapis/api"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/run"
)

// told are the fields of a service that the server alone says.
var told = strings.Fields(`name uid generation create_time update_time delete_time expire_time creator last_modifier urls observed_generation terminal_condition
	conditions latest_ready_revision latest_created_revision traffic_statuses uri satisfies_pzs threat_detection_enabled reconciling etag
	template.containers.build_info`)

// refused are fields, with all below them, that Cloud Run or the emulator has not, and a
// service that has each.
var refused = map[string]func(*runpb.Service){
	"build_config": func(s *runpb.Service) { s.BuildConfig = &runpb.BuildConfig{ImageUri: image} },
	"multi_region_settings": func(s *runpb.Service) {
		s.MultiRegionSettings = &runpb.Service_MultiRegionSettings{Regions: []string{"a"}}
	},
	"template.containers.source_code": func(s *runpb.Service) {
		s.Template.Containers[0].SourceCode = &runpb.SourceCode{}
	},
	"template.containers.base_image_uri": func(s *runpb.Service) { s.Template.Containers[0].BaseImageUri = image },
	"template.containers.volume_mounts.sub_path": func(s *runpb.Service) {
		s.Template.Containers[0].VolumeMounts = []*runpb.VolumeMount{{Name: "v", MountPath: "/v", SubPath: "x"}}
		s.Template.Volumes = []*runpb.Volume{{Name: "v", VolumeType: &runpb.Volume_EmptyDir{EmptyDir: &runpb.EmptyDirVolumeSource{}}}}
	},
	"template.containers.liveness_probe.tcp_socket": func(s *runpb.Service) {
		s.Template.Containers[0].LivenessProbe = &runpb.Probe{ProbeType: &runpb.Probe_TcpSocket{TcpSocket: &runpb.TCPSocketAction{}}}
	},
	"template.containers.readiness_probe.tcp_socket": func(s *runpb.Service) {
		s.Template.Containers[0].ReadinessProbe = &runpb.Probe{ProbeType: &runpb.Probe_TcpSocket{TcpSocket: &runpb.TCPSocketAction{}}}
	},
	"template.volumes.gcs": func(s *runpb.Service) {
		s.Template.Volumes = []*runpb.Volume{{Name: "v", VolumeType: &runpb.Volume_Gcs{Gcs: &runpb.GCSVolumeSource{Bucket: "b"}}}}
	},
	"template.volumes.nfs": func(s *runpb.Service) {
		s.Template.Volumes = []*runpb.Volume{{Name: "v", VolumeType: &runpb.Volume_Nfs{Nfs: &runpb.NFSVolumeSource{Server: "s", Path: "/"}}}}
	},
}

// everything are services that together have every field which is neither told nor refused.
func everything() map[string]*runpb.Service {
	get := &runpb.Probe_HttpGet{HttpGet: &runpb.HTTPGetAction{Path: "/up", Port: 8081, HttpHeaders: []*runpb.HTTPHeader{{Name: "A", Value: "b"}}}}
	health := &runpb.Probe_Grpc{Grpc: &runpb.GRPCAction{Port: 8081, Service: "up"}}
	manual := int32(2)
	off := true
	return map[string]*runpb.Service{
		"one": {
			Description: "d", Labels: map[string]string{"a": "b"}, Annotations: map[string]string{"a": "b"}, Client: "c", ClientVersion: "1",
			Ingress: runpb.IngressTraffic_INGRESS_TRAFFIC_INTERNAL_ONLY, LaunchStage: api.LaunchStage_BETA, IapEnabled: true,
			InvokerIamDisabled: true, DefaultUriDisabled: true, CustomAudiences: []string{"https://a.example"},
			BinaryAuthorization: &runpb.BinaryAuthorization{BinauthzMethod: &runpb.BinaryAuthorization_UseDefault{UseDefault: true}, BreakglassJustification: "fire"},
			Scaling:             &runpb.ServiceScaling{MinInstanceCount: 1, MaxInstanceCount: 3, ScalingMode: runpb.ServiceScaling_MANUAL, ManualInstanceCount: &manual},
			Traffic:             []*runpb.TrafficTarget{{Type: latest, Percent: 100, Tag: "t"}, {Type: byRevision, Revision: "hello-one", Tag: "one"}},
			Template: &runpb.RevisionTemplate{
				Revision: "hello-one", Labels: map[string]string{"a": "b"}, Annotations: map[string]string{"a": "b"}, Scaling: &runpb.RevisionScaling{MinInstanceCount: 1, MaxInstanceCount: 2},
				VpcAccess: &runpb.VpcAccess{Connector: "c", Egress: runpb.VpcAccess_ALL_TRAFFIC}, Timeout: seconds(7), ServiceAccount: "a@p.iam.gserviceaccount.com",
				ExecutionEnvironment: runpb.ExecutionEnvironment_EXECUTION_ENVIRONMENT_GEN2, EncryptionKey: "projects/p/locations/l/keyRings/r/cryptoKeys/k",
				EncryptionKeyRevocationAction: runpb.EncryptionKeyRevocationAction_SHUTDOWN, EncryptionKeyShutdownDuration: seconds(3600),
				MaxInstanceRequestConcurrency: 7, ServiceMesh: &runpb.ServiceMesh{Mesh: "projects/p/locations/global/meshes/m"},
				SessionAffinity: true, HealthCheckDisabled: true, NodeSelector: &runpb.NodeSelector{Accelerator: "nvidia-l4"}, GpuZonalRedundancyDisabled: &off,
				Containers: []*runpb.Container{
					{
						Name: "app", Image: image, Command: []string{"a"}, Args: []string{"b"}, WorkingDir: "/w", DependsOn: []string{"beside"},
						Env: []*runpb.EnvVar{{Name: "A", Values: &runpb.EnvVar_Value{Value: "b"}},
							{Name: "B", Values: &runpb.EnvVar_ValueSource{ValueSource: &runpb.EnvVarSource{SecretKeyRef: &runpb.SecretKeySelector{Secret: "s", Version: "1"}}}}},
						Resources:     &runpb.ResourceRequirements{Limits: map[string]string{"cpu": "4", "memory": "16Gi", "nvidia.com/gpu": "1"}, CpuIdle: true, StartupCpuBoost: true},
						Ports:         []*runpb.ContainerPort{{Name: "h2c", ContainerPort: 8081}},
						VolumeMounts:  []*runpb.VolumeMount{{Name: "secret", MountPath: "/s"}, {Name: "memory", MountPath: "/m"}, {Name: "db", MountPath: "/cloudsql"}},
						LivenessProbe: &runpb.Probe{InitialDelaySeconds: 1, TimeoutSeconds: 2, PeriodSeconds: 3, FailureThreshold: 4, ProbeType: get},
						StartupProbe: &runpb.Probe{InitialDelaySeconds: 1, TimeoutSeconds: 2, PeriodSeconds: 3, FailureThreshold: 4,
							ProbeType: &runpb.Probe_TcpSocket{TcpSocket: &runpb.TCPSocketAction{Port: 8081}}},
						ReadinessProbe: &runpb.Probe{InitialDelaySeconds: 1, TimeoutSeconds: 2, PeriodSeconds: 3, FailureThreshold: 4, ProbeType: health},
					},
					{Name: "beside", Image: image},
				},
				Volumes: []*runpb.Volume{
					{Name: "secret", VolumeType: &runpb.Volume_Secret{Secret: &runpb.SecretVolumeSource{Secret: "s", DefaultMode: 0o400, Items: []*runpb.VersionToPath{{Path: "p", Version: "1", Mode: 0o440}}}}},
					{Name: "memory", VolumeType: &runpb.Volume_EmptyDir{EmptyDir: &runpb.EmptyDirVolumeSource{Medium: runpb.EmptyDirVolumeSource_MEMORY, SizeLimit: "1Mi"}}},
					{Name: "db", VolumeType: &runpb.Volume_CloudSqlInstance{CloudSqlInstance: &runpb.CloudSqlInstance{Instances: []string{"p:r:i"}}}},
				},
			},
		},
		"other": {
			BinaryAuthorization: &runpb.BinaryAuthorization{BinauthzMethod: &runpb.BinaryAuthorization_Policy{Policy: "projects/p/platforms/cloudRun/x"}},
			Template: &runpb.RevisionTemplate{
				VpcAccess:  &runpb.VpcAccess{NetworkInterfaces: []*runpb.VpcAccess_NetworkInterface{{Network: "n", Subnetwork: "s", Tags: []string{"t"}}}},
				Containers: []*runpb.Container{{Image: image, StartupProbe: &runpb.Probe{ProbeType: get}, ReadinessProbe: &runpb.Probe{ProbeType: get}, LivenessProbe: &runpb.Probe{ProbeType: health}}},
			},
		},
		"third": {Template: &runpb.RevisionTemplate{Containers: []*runpb.Container{{Image: image, StartupProbe: &runpb.Probe{ProbeType: health}}}}},
	}
}

// paths are all fields of a message, but below maps, lists' numbers and Google's common types.
func paths(prefix string, d protoreflect.MessageDescriptor, all map[string]bool) {
	for i := range d.Fields().Len() {
		fd := d.Fields().Get(i)
		path := strings.TrimPrefix(prefix+"."+string(fd.Name()), ".")
		if m := fd.Message(); m != nil && !fd.IsMap() && strings.HasPrefix(string(m.FullName()), "google.cloud.run.") {
			if !slices.Contains(told, path) && refused[path] == nil {
				paths(path, m, all)
				continue
			}
		}
		all[path] = true
	}
}

// has are the fields that a message has a value of.
func has(prefix string, m protoreflect.Message, all map[string]bool) {
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		path := strings.TrimPrefix(prefix+"."+string(fd.Name()), ".")
		switch {
		case fd.IsMap() || fd.Message() == nil || !strings.HasPrefix(string(fd.Message().FullName()), "google.cloud.run."):
			all[path] = true
		case fd.IsList():
			for i := range v.List().Len() {
				has(path, v.List().Get(i).Message(), all)
			}
		default:
			has(path, v.Message(), all)
		}
		return true
	})
}

// TestEveryField: a field of a service is kept as it is given, and its revision has what
// the template says; or it is refused; or the server alone says it.
func TestEveryField(t *testing.T) {
	t.Parallel()
	e := start(t, run.Config{})
	known := map[string]bool{}
	for _, path := range told {
		known[path] = true
	}
	for path, set := range refused {
		known[path] = true
		s := service(&runpb.Container{Image: image})
		set(s)
		_, err := e.services.CreateService(t.Context(), &runpb.CreateServiceRequest{Parent: parent, ServiceId: "hello", Service: s, ValidateOnly: true})
		if c := status.Code(err); c != codes.Unimplemented && c != codes.InvalidArgument {
			t.Errorf("%s: %v", path, err)
		}
	}
	for n, want := range everything() {
		has("", want.ProtoReflect(), known)
		want.Template.Revision = strings.ReplaceAll(want.GetTemplate().GetRevision(), "hello-", n+"-")
		for _, to := range want.GetTraffic() {
			to.Revision = strings.ReplaceAll(to.GetRevision(), "hello-", n+"-")
		}
		if _, err := e.create(n, proto.CloneOf(want)); status.Code(err) != codes.OK && status.Code(err) != codes.Internal { // there is no Docker
			t.Fatalf("%s: %v", n, err)
		}
		got := e.get(parent + "/services/" + n)
		if lost := missing("", want.ProtoReflect(), got.ProtoReflect()); len(lost) > 0 {
			t.Errorf("%s: not kept: %q", n, lost)
		}
		r, err := e.revisions.GetRevision(t.Context(), &runpb.GetRevisionRequest{Name: got.GetLatestCreatedRevision()})
		if err != nil {
			t.Fatal(err)
		}
		for i := range r.ProtoReflect().Descriptor().Fields().Len() {
			fd := r.ProtoReflect().Descriptor().Fields().Get(i)
			if of := got.GetTemplate().ProtoReflect().Descriptor().Fields().ByName(fd.Name()); of != nil && got.GetTemplate().ProtoReflect().Has(of) && !r.ProtoReflect().Has(fd) {
				t.Errorf("%s: the revision has no %s", n, fd.Name())
			}
		}
	}
	all := map[string]bool{}
	paths("", (&runpb.Service{}).ProtoReflect().Descriptor(), all)
	for _, path := range slices.Sorted(maps.Keys(all)) {
		if !known[path] {
			t.Errorf("%s is neither kept, refused nor told: see to it in validate.go", path)
		}
	}
}

// missing are the fields of want that got has not, or otherwise.
func missing(prefix string, want, got protoreflect.Message) (lost []string) {
	want.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		path := prefix + "." + string(fd.Name())
		of := got.Get(fd)
		switch {
		case !got.Has(fd):
			lost = append(lost, path)
		case fd.IsList() && fd.Message() != nil:
			for i := range min(v.List().Len(), of.List().Len()) {
				lost = append(lost, missing(path, v.List().Get(i).Message(), of.List().Get(i).Message())...)
			}
			if v.List().Len() != of.List().Len() {
				lost = append(lost, path)
			}
		case fd.Message() != nil && !fd.IsMap():
			lost = append(lost, missing(path, v.Message(), of.Message())...)
		case !fd.IsMap() && !v.Equal(of):
			lost = append(lost, path)
		}
		return true
	})
	return lost
}
