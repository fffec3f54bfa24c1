package cloudbuild_test

import (
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/cloudbuild"
)

// TestMachineCPUs knows every machine type that there is.
func TestMachineCPUs(t *testing.T) {
	t.Parallel()
	for _, name := range cloudbuildpb.BuildOptions_MachineType_name {
		if n, ok := cloudbuild.MachineCPUs(name); !ok || n < 1 {
			t.Errorf("%s: %d, %v", name, n, ok)
		}
	}
	for name, want := range map[string]int{"": 2, "E2_MEDIUM": 1, "E2_STANDARD_2": 2, "E2_HIGHCPU_8": 8, "N1_HIGHCPU_32": 32} {
		if n, ok := cloudbuild.MachineCPUs(name); n != want || !ok {
			t.Errorf("%s: %d, %v", name, n, ok)
		}
	}
	if n, ok := cloudbuild.MachineCPUs("E9_HUGE"); ok {
		t.Errorf("a type that nobody knows: %d", n)
	}
}
