package run_test

import (
	"testing"

	"cloud.google.com/go/run/apiv2/runpb"
	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// TestReturn gives the traffic back, and only where nobody has been there since.
func TestReturn(t *testing.T) {
	t.Parallel()
	before := []release.Share{{Revision: "hello-1", Percent: 90}, {Revision: "hello-0", Percent: 10}, {Revision: "hello-0", Tag: "old"}}
	split := []*runpb.TrafficTarget{
		{Type: runpb.TrafficTargetAllocationType_TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION, Revision: "hello-1", Percent: 90},
		{Type: runpb.TrafficTargetAllocationType_TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION, Revision: "hello-0", Percent: 10},
	}
	for _, tt := range []struct {
		name    string
		before  []release.Share
		later   bool // another run has been there
		changed func(*runpb.Service)
		back    int // how many revisions serve again
	}{
		{name: "two served", before: before, back: 2},
		{name: "nothing served", back: 0},
		{name: "it served itself", before: []release.Share{{Revision: "r1", Percent: 100}}, back: 0},
		{name: "a later run has been there", before: before, later: true, back: 0},
		{name: "a later revision is there", before: before, changed: func(s *runpb.Service) { s.LatestReadyRevision = "x/hello-9" }, back: 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := desired()
			s := &cloudRun{service: apply(nil, run.Merge(nil, d))}
			if tt.changed != nil {
				tt.changed(s.service)
			}
			by := d.Run
			if tt.later {
				by = release.Run{ID: "another"}
			}
			back, err := run.NewTarget(access(t, s)).Return(t.Context(), d.Spec, release.Released{Revision: "r1", Before: tt.before}, by)
			if err != nil || len(back) != tt.back {
				t.Errorf("%v, %v", back, err)
			}
			var got []string
			for _, share := range s.service.GetTraffic() {
				got = append(got, share.String())
			}
			var want []string
			for _, share := range split {
				want = append(want, share.String())
			}
			if same := cmp.Equal(want, got); same != (tt.back > 0) {
				t.Errorf("traffic %v", got)
			}
		})
	}
}
