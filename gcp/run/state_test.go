package run_test

import (
	"testing"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

const (
	toLatest   = runpb.TrafficTargetAllocationType_TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST
	toRevision = runpb.TrafficTargetAllocationType_TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION
)

// route sends traffic, and says so as Cloud Run does.
func route(s *runpb.Service, shares ...*runpb.TrafficTarget) {
	s.Traffic, s.TrafficStatuses = shares, nil
	for _, t := range shares {
		s.TrafficStatuses = append(s.TrafficStatuses, &runpb.TrafficTargetStatus{Type: t.Type, Revision: t.Revision, Percent: t.Percent})
	}
}

// TestTrafficPin names what serves, whether somebody fixed it, and its share.
func TestTrafficPin(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		traffic  []*runpb.TrafficTarget
		revision string
		percent  int
		pinned   bool
		shares   string
	}{
		{"the newest", []*runpb.TrafficTarget{{Type: toLatest, Percent: 100}}, "r1", 100, false, ""},
		{"a rollback", []*runpb.TrafficTarget{{Type: toRevision, Revision: "hello-0", Percent: 100}}, "hello-0", 100, true, "100 % hello-0"},
		{"a split", []*runpb.TrafficTarget{{Type: toLatest, Percent: 90}, {Type: toRevision, Revision: "hello-0", Percent: 10}}, "r1", 90, false, "90 % r1, 10 % hello-0"},
		{"a canary", []*runpb.TrafficTarget{{Type: toRevision, Revision: "hello-0", Percent: 95}, {Type: toLatest, Percent: 5}}, "hello-0", 95, false, "95 % hello-0, 5 % r1"},
		{"a split among old ones", []*runpb.TrafficTarget{{Type: toRevision, Revision: "a", Percent: 50}, {Type: toRevision, Revision: "b", Percent: 50}}, "a", 50, true, "50 % a, 50 % b"},
	} {
		s := &cloudRun{service: apply(nil, run.Merge(nil, desired()))}
		route(s.service, tt.traffic...)
		target := run.NewTarget(access(t, s))
		now, _, err := target.Observe(t.Context(), desired().Spec)
		if err != nil || now.Revision != tt.revision || now.Percent() != tt.percent || now.Pinned != tt.pinned || plan.Shares(now.Shares) != tt.shares {
			t.Errorf("%s: %+v, %v", tt.name, now, err)
		}
		if st, _, err := target.State(t.Context(), desired().Spec); err != nil || st.Pinned != tt.pinned {
			t.Errorf("%s: %+v, %v", tt.name, st, err)
		}
	}
}

// TestNotReadySaysWhy: a service that is not ready has a word for it.
func TestNotReadySaysWhy(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*runpb.Service){
		"":                      func(*runpb.Service) {},
		"a change is under way": func(s *runpb.Service) { s.Reconciling = true },
		"moving the traffic": func(s *runpb.Service) {
			s.Reconciling = true
			s.Conditions = []*runpb.Condition{{State: runpb.Condition_CONDITION_RECONCILING, Message: "moving the traffic"}}
		},
		"revision hello-9 is not ready": func(s *runpb.Service) { s.LatestCreatedRevision = "x/hello-9" },
		"broken": func(s *runpb.Service) {
			s.TerminalCondition = &runpb.Condition{State: runpb.Condition_CONDITION_FAILED, Message: "broken"}
		},
		"Cloud Run does not say why": func(s *runpb.Service) { s.TerminalCondition.State = runpb.Condition_CONDITION_PENDING },
	} {
		s := &cloudRun{service: apply(nil, run.Merge(nil, desired()))}
		change(s.service)
		st, _, err := run.NewTarget(access(t, s)).State(t.Context(), desired().Spec)
		if err != nil || st.Message != want || st.Ready != (want == "") {
			t.Errorf("%+v, %v, want %q", st, err, want)
		}
	}
}
