package e2e

import (
	"slices"
	"strings"
	"testing"

	cloud "github.com/gcpdeploy/gcpdeploy/gcp/project"
	"github.com/gcpdeploy/gcpdeploy/gcp/schedule"
)

// TestLeastRightsOfJobs is TestLeastRights of what jobs need more: the builds' account
// keeps schedules, and the app's runs jobs by them.
func TestLeastRightsOfJobs(t *testing.T) {
	t.Parallel()
	w := newWalk(t)
	w.settings(t, "start: {path: /}\n")
	w.setup(t)
	before := w.granted(t)
	w.settings(t, "start: {path: /}\njobs: {tidy: {command: [migrate, tidy, \"0\"], before_traffic: true, schedule: 0 3 * * *}}\n")
	w.setup(t)
	more := slices.DeleteFunc(w.granted(t), func(g granted) bool {
		return slices.ContainsFunc(before, func(b granted) bool { return b.Grant == g.Grant && b.name == g.name })
	})
	var roles []string
	for _, g := range more {
		roles = append(roles, g.Role+" "+strings.TrimSuffix(g.who(), domain))
	}
	if want := []string{"roles/cloudscheduler.admin gcpdeploy-builds", "roles/run.invoker gcpdeploy-app"}; !slices.Equal(slices.Sorted(slices.Values(roles)), want) {
		t.Fatalf("jobs need %q, want %q", roles, want)
	}
	w.without(t, slices.DeleteFunc(slices.Clone(more), func(g granted) bool { return g.who() == runs }))

	for _, g := range more {
		if g.who() != runs {
			continue
		}
		all := schedule.New(w.access, project, region)
		ends := func(want string) {
			t.Helper()
			was, err := all.Get(t.Context(), "hello-tidy")
			if err != nil {
				t.Fatal(err)
			}
			if err := all.Run(t.Context(), "hello-tidy"); err != nil {
				t.Fatal(err)
			}
			until(t, "the schedule ends with "+want, func() bool {
				now, err := all.Get(t.Context(), "hello-tidy")
				return err == nil && now.Last.After(was.Last) && now.Failed == want
			})
		}
		change := func(how func(*cloud.Policy, cloud.Grant) bool) {
			t.Helper()
			if err := w.Change(t.Context(), g.on, func(p *cloud.Policy) bool { return how(p, g.Grant) }); err != nil {
				t.Fatal(err)
			}
		}
		change((*cloud.Policy).Remove)
		ends("PERMISSION_DENIED")
		change((*cloud.Policy).Add)
		ends("")
	}
}
