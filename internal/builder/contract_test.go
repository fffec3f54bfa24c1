package builder

import (
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// TestAsks: what the target will ask before an app serves is asked in the check, unless
// the settings say something else to ask.
func TestAsks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		ready    string
		is, want plan.Answer
	}{
		{"a target that asks nothing", "", plan.Answer{Protocol: "http"}, plan.Answer{Protocol: "http"}},
		{"nothing said", "/", plan.Answer{Protocol: "http"}, plan.Answer{Protocol: "http", Path: "/", Status: 200}},
		{"the same path", "/up", plan.Answer{Protocol: "http", Path: "/up"}, plan.Answer{Protocol: "http", Path: "/up", Status: 200}},
		{"another path", "/", plan.Answer{Protocol: "http", Path: "/up"}, plan.Answer{Protocol: "http", Path: "/up"}},
		{"a status", "/", plan.Answer{Protocol: "http", Status: 404}, plan.Answer{Protocol: "http", Status: 404}},
		{"no HTTP", "/", plan.Answer{Protocol: "tcp"}, plan.Answer{Protocol: "tcp"}},
	} {
		if got := asks(tt.is, release.Contract{Ready: release.Ready{Path: tt.ready}}); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}
