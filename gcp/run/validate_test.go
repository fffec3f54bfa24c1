package run

import (
	"testing"

	"cloud.google.com/go/run/apiv2/runpb"
)

// TestWrongKey: the key that an answer of Cloud Run's is about, however it writes the field.
func TestWrongKey(t *testing.T) {
	t.Parallel()
	secret := &runpb.EnvVar{Name: "KEY", Values: &runpb.EnvVar_ValueSource{ValueSource: &runpb.EnvVarSource{SecretKeyRef: &runpb.SecretKeySelector{Secret: "s", Version: "1"}}}}
	s := &runpb.Service{Template: &runpb.RevisionTemplate{
		Containers: []*runpb.Container{
			{Name: "proxy", Env: []*runpb.EnvVar{{Name: "P"}}},
			{Name: "app", Ports: []*runpb.ContainerPort{{ContainerPort: 8080}}, Env: []*runpb.EnvVar{{Name: "A"}, secret}, VolumeMounts: []*runpb.VolumeMount{{Name: "data", MountPath: "/data"}}},
		},
		Volumes: []*runpb.Volume{{Name: "data"}},
	}}
	for message, want := range map[string]string{
		"Violation in service.template.containers[1].resources.limits: memory": "run.cpu",
		"service.template.containers[1].resources.limits.memory: must be more": "run.memory",
		"spec.template.spec.containers[1].resources.limits.memory: no":         "run.memory",
		"spec.template.spec.containers.resources.limits.cpu: no":               "run.cpu",
		"UpdateServiceRequest.service.template.timeout: too long":              "run.timeout",
		"service.template.containers[1].env[0].name: bad":                      "run.env.A",
		"service.template.containers[1].env[1].value_source.secret_key_ref":    "run.secrets.KEY",
		"service.template.containers[0].env[0].value is too long":              "run.sidecars.proxy.env.P",
		"service.template.containers[0].image: is required":                    "run.sidecars.proxy.image",
		"service.template.volumes[0].gcs.bucket: no such":                      "run.volumes.data.gcs.bucket",
		"service.template.containers[1].volume_mounts[0].mount_path":           "run.volumes.data.mountPath",
		"service.template.scaling: min and max do not fit":                     "run.min_instances",
		"service.template.max_instance_request_concurrency: too many":          "run.concurrency",
		"service.template.vpc_access.network_interfaces[0].subnetwork: no":     "run.vpc.subnet",
		"service.template.revision: taken":                                     "revision",
		"service.custom_audiences: one is no URL (https://example.com/x.y)":    "run.custom_audiences",
		"service.template.containers[1].image: not found":                      "",
		"the service is not well":                                              "",
		"see cloud.google.com/run.html":                                        "",
	} {
		if got := wrongKey(s, "Cloud Run would refuse it: "+message); got != want {
			t.Errorf("%s: got %q, want %q", message, got, want)
		}
	}
}
