package plan_test

import (
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

func TestAnswer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		answer        plan.Answer
		status        int
		takes, doubts bool
	}{
		{plan.Answer{}, 200, true, false},
		{plan.Answer{}, 404, true, false},
		{plan.Answer{}, 499, true, false},
		{plan.Answer{}, 500, true, true},
		{plan.Answer{}, 0, false, false},
		{plan.Answer{Path: "/healthz"}, 200, true, false},
		{plan.Answer{Path: "/healthz"}, 399, true, false},
		{plan.Answer{Path: "/healthz"}, 400, false, false},
		{plan.Answer{Path: "/healthz"}, 503, false, false},
		{plan.Answer{Path: "/"}, 500, false, false},
		{plan.Answer{Status: 401}, 401, true, false},
		{plan.Answer{Status: 401}, 200, false, false},
		{plan.Answer{Path: "/a", Status: 500}, 500, true, false},
	} {
		if got := tt.answer.Takes(tt.status); got != tt.takes {
			t.Errorf("%+v takes %d: %v", tt.answer, tt.status, got)
		}
		if got := tt.answer.Doubts(tt.status); got != tt.doubts {
			t.Errorf("%+v doubts %d: %v", tt.answer, tt.status, got)
		}
	}
}
