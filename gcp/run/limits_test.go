package run_test

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/run"
)

// TestLimitsTable has every row of Cloud Run's table of CPU and memory, at its ends.
func TestLimitsTable(t *testing.T) {
	t.Parallel()
	n := func(n int) *int { return &n }
	for _, tt := range []struct {
		cpu, memory string
		lo, hi      *int
		want        string // "" = allowed
	}{
		{cpu: "", memory: ""},
		{cpu: "1", memory: "128Mi"},
		{cpu: "1", memory: "4Gi"},
		{cpu: "1", memory: "4097Mi", want: "memory: is 4097Mi: more than 4Gi needs more CPUs than 1 / Set run.cpu to 2 or more, or run.memory to 4Gi or less."},
		{cpu: "", memory: "8Gi", want: "memory: is 8Gi: more than 4Gi needs more CPUs than 1, which is the default / Set run.cpu to 2 or more"},
		{cpu: "", memory: "32Gi", want: "Set run.cpu to 8 or more"},
		{cpu: "2", memory: "8Gi"},
		{cpu: "2", memory: "9Gi", want: "Set run.cpu to 4 or more"},
		{cpu: "4", memory: "512Mi", want: "memory: is 512Mi: 4 CPUs need at least 2Gi of memory, and run.memory is 512Mi / Set run.memory to 2Gi or more"},
		{cpu: "4", memory: "", want: "cpu: is 4: 4 CPUs need at least 2Gi of memory, and run.memory is 512Mi, which is the default"},
		{cpu: "4", memory: "2Gi"},
		{cpu: "4", memory: "16Gi"},
		{cpu: "4", memory: "17Gi", want: "Set run.cpu to 6 or more"},
		{cpu: "6", memory: "3Gi", want: "at least 4Gi"},
		{cpu: "6", memory: "24Gi"},
		{cpu: "6", memory: "25Gi", want: "Set run.cpu to 8 or more"},
		{cpu: "8", memory: "4095Mi", want: "at least 4Gi"},
		{cpu: "8", memory: "32Gi"},
		{cpu: "80m", memory: "512Mi"},
		{cpu: "80m", memory: "513Mi", want: "more than 512Mi needs more CPUs than 80m"},
		{cpu: "490m", memory: "512Mi"},
		{cpu: "500m", memory: "1Gi"},
		{cpu: "500m", memory: "1025Mi", want: "more than 1Gi needs more CPUs than 500m"},
		{lo: n(100)},
		{lo: n(101), want: "min_instances: is 101, more than the 100 that run.max_instances is by default"},
		{lo: n(101), hi: n(200)},
		{lo: n(3), hi: n(2), want: "min_instances: is 3, more than run.max_instances, 2"},
	} {
		s := &run.Settings{Options: run.Options{CPU: tt.cpu, Memory: tt.memory, MinInstances: tt.lo, MaxInstances: tt.hi}}
		got := ""
		if c := run.Kind.Config.Rules(s); c != nil {
			got = c.Key + ": " + c.Message + " / " + c.Hint
		}
		if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("cpu %q, memory %q: %q, want %q", tt.cpu, tt.memory, got, tt.want)
		}
	}
}
