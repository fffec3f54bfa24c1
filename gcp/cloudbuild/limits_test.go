package cloudbuild_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// TestFits puts each limit to the test with a plan at it, which Cloud Build takes,
// and one beyond it, which neither it nor Fits does.
func TestFits(t *testing.T) {
	t.Parallel()
	long := func(n int) string { return strings.Repeat("x", n) }
	many := func(n int) []string { return slices.Repeat([]string{"A=b"}, n) }
	for _, tt := range []struct {
		name string
		most int
		set  func(p *plan.Plan, tags *[]string, n int)
		want string
	}{
		{"steps", 100, func(p *plan.Plan, _ *[]string, n int) {
			p.Steps = slices.Repeat([]plan.Step{{Name: "x"}}, n)
		}, "the build has 101 steps, and Cloud Build takes 100"},
		{"name", 1000, func(p *plan.Plan, _ *[]string, n int) { p.Steps[0].Name = long(n) }, "hint: Choose shorter names"},
		{"arguments", 100, func(p *plan.Plan, _ *[]string, n int) { p.Steps[0].Args = many(n) }, "101 arguments of a step"},
		{"argument", 4000, func(p *plan.Plan, _ *[]string, n int) { p.Steps[0].Args[0] = long(n) }, "4001 characters in an argument"},
		{"variables", 100, func(p *plan.Plan, _ *[]string, n int) { p.Steps[0].Env = many(n) }, "101 variables of a step"},
		{"variable", 1000, func(p *plan.Plan, _ *[]string, n int) { p.Steps[0].Env = []string{"A=" + long(n-2)} }, "1001 characters in a variable"},
		{"tags", 63, func(_ *plan.Plan, tags *[]string, n int) { *tags = make([]string, n) }, "64 tags"},
		{"tag", 128, func(_ *plan.Plan, tags *[]string, n int) { *tags = []string{long(n)} }, "129 characters in a tag"},
		{"timeout", 24 * 3600, func(p *plan.Plan, _ *[]string, n int) { p.Options.TimeoutSeconds = n }, "hint: Set build.timeout to 24h or less."},
		{"queue", 24 * 3600, func(p *plan.Plan, _ *[]string, n int) { p.Options.QueueTTLSeconds = n }, "hint: Set build.queue_ttl to 24h or less."},
		{"disk", 4000, func(p *plan.Plan, _ *[]string, n int) { p.Options.DiskSizeGB = n }, "hint: Set build.disk_size to 4000 or less."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, n := range []int{tt.most, tt.most + 1} {
				p, tags := aPlan(t), []string(nil)
				p.Options = plan.Options{}
				for i := range p.Steps {
					p.Steps[i].WaitFor = nil
				}
				tt.set(&p, &tags, n)
				err := cloudbuild.Builds{}.Fits(p, tags)
				if n == tt.most {
					b := cloudbuild.Spec(p, cloudbuild.Source{}, started, append(tags, "submit"))
					google := worker.Validate(b)
					if google == nil {
						google = worker.ValidateSubstituted(b)
					}
					if err != nil || google != nil && !strings.Contains(google.Error(), "image") && !strings.Contains(google.Error(), "invalid build step name") {
						t.Errorf("at the limit: %v; Cloud Build: %v", err, google)
					}
					continue
				}
				if got := told(err); errs.KindOf(err) != errs.Usage || !strings.Contains(got, tt.want) {
					t.Errorf("beyond it: %s, want %s", got, tt.want)
				}
			}
		})
	}
}

func told(err error) string {
	if err == nil {
		return "nothing"
	}
	return err.Error() + "\nhint: " + errs.HintOf(err)
}
