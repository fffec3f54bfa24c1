package run_test

import (
	"encoding/json"
	"strings"
	"testing"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// TestRefusedByWhatOthersSet: what Cloud Run would refuse after the build is told when
// the service is looked at, and the emulator, as Cloud Run, refuses the very same.
func TestRefusedByWhatOthersSet(t *testing.T) {
	t.Parallel()
	_, a, others := emulated(t)
	const gen2 = runpb.ExecutionEnvironment_EXECUTION_ENVIRONMENT_GEN2
	limits := func(idle bool, cpu, memory string) *runpb.ResourceRequirements {
		return &runpb.ResourceRequirements{CpuIdle: idle, Limits: map[string]string{"cpu": cpu, "memory": memory}}
	}
	for name, tt := range map[string]struct {
		theirs *runpb.RevisionTemplate
		has    *runpb.ResourceRequirements
		ours   run.Options
		want   string // "" = allowed
		hint   string
	}{
		"small-second":    {theirs: &runpb.RevisionTemplate{ExecutionEnvironment: gen2}, ours: run.Options{CPU: "500m"}, want: "less than one CPU (500m) needs the first generation execution environment", hint: "or run.execution_environment to gen1."},
		"little-second":   {theirs: &runpb.RevisionTemplate{ExecutionEnvironment: gen2}, ours: run.Options{Memory: "256Mi"}, want: "needs 512Mi of memory, not 256Mi"},
		"enough-second":   {theirs: &runpb.RevisionTemplate{ExecutionEnvironment: gen2}, ours: run.Options{CPU: "2", Memory: "1Gi"}},
		"small-always":    {has: limits(false, "1", "512Mi"), ours: run.Options{CPU: "500m"}, want: "it has its CPU always", hint: "or run.cpu_throttling to true."},
		"small-many":      {theirs: &runpb.RevisionTemplate{MaxInstanceRequestConcurrency: 20}, ours: run.Options{CPU: "500m"}, want: "it has a concurrency of 20", hint: "run.concurrency"},
		"small":           {ours: run.Options{CPU: "500m", Memory: "256Mi"}},
		"small-of-theirs": {has: limits(true, "500m", "512Mi"), ours: run.Options{Memory: "1Gi"}},
		"large-of-theirs": {has: limits(true, "4", "2Gi"), ours: run.Options{Memory: "1Gi"}, want: "4 CPUs need at least 2Gi of memory"},
	} {
		t.Run(name, func(t *testing.T) {
			theirs := tt.theirs
			if theirs == nil {
				theirs = &runpb.RevisionTemplate{}
			}
			theirs.Containers = []*runpb.Container{{Image: "gcr.io/p/x:1", Resources: tt.has}}
			service := &runpb.Service{Template: theirs}
			// Without Docker it does not come up, which is all the same here.
			if op, err := others.CreateService(t.Context(), &runpb.CreateServiceRequest{Parent: "projects/p/locations/r", ServiceId: name, Service: service}); err != nil {
				t.Fatal(err)
			} else {
				_, _ = op.Wait(t.Context())
			}
			settings, err := json.Marshal(tt.ours)
			if err != nil {
				t.Fatal(err)
			}
			spec := release.Spec{Project: "p", Region: "r", Service: name, Port: 8080, Settings: settings}
			_, _, err = run.NewTarget(a).Observe(t.Context(), spec)
			if (err == nil) != (tt.want == "") || err != nil && (!strings.Contains(err.Error(), tt.want) || !strings.Contains(errs.HintOf(err), tt.hint) || errs.KindOf(err) != errs.Usage) {
				t.Errorf("%v, hint %q; want %q, %q", err, errs.HintOf(err), tt.want, tt.hint)
			}
			was, err := others.GetService(t.Context(), &runpb.GetServiceRequest{Name: "projects/p/locations/r/services/" + name})
			if err != nil {
				t.Fatal(err)
			}
			wanted, err := run.Want(spec, "gcr.io/p/x:2", release.Run{ID: "run-1"})
			if err != nil {
				t.Fatal(err)
			}
			_, err = others.UpdateService(t.Context(), &runpb.UpdateServiceRequest{Service: run.Input(run.Merge(was, wanted)), ValidateOnly: true})
			if (err == nil) != (tt.want == "") {
				t.Errorf("Cloud Run says %v", err)
			}
		})
	}
}
