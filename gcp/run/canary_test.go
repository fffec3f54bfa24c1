package run_test

import (
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// TestCanary: that a revision gets the traffic by steps is known for as long as nobody
// divides it otherwise, be it to the very same.
func TestCanary(t *testing.T) {
	t.Parallel()
	by := release.Run{ID: "run-2", Started: noon.Add(time.Minute)}
	later := release.Run{ID: "traffic-1", Started: noon.Add(time.Hour)}
	step := []release.Share{{Revision: "r1", Percent: 20}, {Revision: "old", Percent: 80}}
	for _, tt := range []struct {
		name string
		then func(*testing.T, release.Target, *cloudRun)
		want string
		by   string // the run at the service then
	}{
		{"the step", nil, "r1", by.ID},
		{"it goes on", func(t *testing.T, to release.Target, _ *cloudRun) {
			shift(t, to, release.Split{Shares: step, From: step, Step: "r1", Run: later})
		}, "r1", by.ID},
		{"somebody wants it so", func(t *testing.T, to release.Target, _ *cloudRun) {
			shift(t, to, release.Split{Shares: step, Run: later})
		}, "", later.ID},
		{"somebody else has it otherwise", func(_ *testing.T, _ release.Target, s *cloudRun) {
			s.service.Traffic, s.service.TrafficStatuses = traffic("r1=30 old=70"), statuses("r1=30 old=70")
		}, "", by.ID},
		{"a release", func(t *testing.T, to release.Target, _ *cloudRun) {
			if _, err := to.Deploy(t.Context(), desired().Spec, image+"0", later, nil); err != nil {
				t.Fatal(err)
			}
		}, "", later.ID},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &cloudRun{service: apply(nil, run.Merge(nil, desired()))}
			s.service.Traffic, s.service.TrafficStatuses = traffic("old=100"), statuses("old=100")
			to := run.NewTarget(access(t, s))
			shift(t, to, release.Split{Shares: step, Step: "r1", Run: by})
			s.service.TrafficStatuses = statuses("r1=20 old=80")
			if tt.then != nil {
				tt.then(t, to, s)
			}
			now, _, err := to.State(t.Context(), desired().Spec)
			if err != nil || now.Canary != tt.want || now.Run != tt.by {
				t.Errorf("%q by %q, %v; want %q by %q", now.Canary, now.Run, err, tt.want, tt.by)
			}
		})
	}
}

func shift(t *testing.T, to release.Target, how release.Split) {
	t.Helper()
	if _, err := to.Shift(t.Context(), desired().Spec, how, nil); err != nil {
		t.Fatal(err)
	}
}
