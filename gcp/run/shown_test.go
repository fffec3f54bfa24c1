package run

import (
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// TestSettingsOf: what differs between two revisions is told by its place, whatever its
// order; no value of a variable is, and none of our notes.
func TestSettingsOf(t *testing.T) {
	t.Parallel()
	variable := func(name, value string) *runpb.EnvVar {
		return &runpb.EnvVar{Name: name, Values: &runpb.EnvVar_Value{Value: value}}
	}
	secret := func(name, version string) *runpb.EnvVar {
		return &runpb.EnvVar{Name: name, Values: &runpb.EnvVar_ValueSource{ValueSource: &runpb.EnvVarSource{SecretKeyRef: &runpb.SecretKeySelector{Secret: "key", Version: version}}}}
	}
	port := []*runpb.ContainerPort{{Name: "http1", ContainerPort: 8080}}
	old := &runpb.Revision{
		Annotations: map[string]string{runKey: "a", "team": "x"}, Scaling: &runpb.RevisionScaling{MaxInstanceCount: 3},
		Containers: []*runpb.Container{{
			Name: "app", Image: "one", Ports: port, Resources: &runpb.ResourceRequirements{Limits: map[string]string{"cpu": "1", "memory": "512Mi"}, CpuIdle: true},
			Env: []*runpb.EnvVar{variable("A", "canary-1"), variable("B", "same"), secret("S", "1"), variable("GONE", "canary-2")},
		}},
	}
	now := &runpb.Revision{
		Annotations: map[string]string{runKey: "b", "team": "x"}, Timeout: durationpb.New(90 * time.Second),
		Containers: []*runpb.Container{
			{Name: "proxy", Image: "sidecar", Env: []*runpb.EnvVar{variable("P", "canary-3")}},
			{
				Name: "main", Image: "two", Ports: port, Resources: &runpb.ResourceRequirements{Limits: map[string]string{"cpu": "1", "memory": "1Gi"}},
				Env: []*runpb.EnvVar{secret("S", "2"), variable("B", "same"), variable("A", "canary-4")},
			},
		},
	}
	var lines []string
	for _, c := range release.Compare(settingsOf(old), settingsOf(now)) {
		lines = append(lines, c.String())
	}
	want := strings.TrimSpace(`
run.cpu_throttling true → false
run.env.A is another
run.env.GONE is gone
run.max_instances is gone
run.memory 512Mi → 1Gi
run.secrets.S key:1 → key:2
run.sidecars.proxy.env.P is new
run.sidecars.proxy.image sidecar is new
run.timeout 90s is new`)
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if same := release.Compare(settingsOf(old), settingsOf(old)); len(same) > 0 {
		t.Errorf("of itself it differs: %v", same)
	}
}
