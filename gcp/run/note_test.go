package run_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/ci"
)

// TestMergeOrigin: the service says who wrote it last, a revision who made it; a
// commit alone is nothing to do, and makes no revision where there is something.
func TestMergeOrigin(t *testing.T) {
	t.Parallel()
	one := &ci.Origin{System: ci.CloudBuild, Event: ci.Push, Commit: strings.Repeat("1", 40), Branch: "Fix/Ä", Build: "c0ffee00-1111-2222-3333-444455556666"}
	two := &ci.Origin{System: ci.CloudBuild, Event: ci.Push, Commit: strings.Repeat("2", 40), Branch: "main", Build: "c0ffee00-1111-2222-3333-444455557777"}
	says := func(s *runpb.Service, service, revision *ci.Origin) {
		t.Helper()
		const key = "gcpdeploy.dev/origin"
		want := map[bool]string{}
		for level, o := range map[bool]*ci.Origin{true: service, false: revision} {
			if o != nil {
				want[level] = o.Note()
			}
		}
		if got := s.GetAnnotations()[key]; got != want[true] {
			t.Errorf("the service says %q, want %q", got, want[true])
		}
		if got := s.GetTemplate().GetAnnotations()[key]; got != want[false] {
			t.Errorf("the revision says %q, want %q", got, want[false])
		}
	}
	d := desired()
	d.Origin = one
	s := run.Merge(nil, d)
	says(s, one, one)
	if s.GetLabels()["gcpdeploy-commit"] != one.Commit || s.GetLabels()["gcpdeploy-build"] != one.Build || len(s.GetTemplate().GetLabels()) != 0 {
		t.Errorf("labels %v, of the template %v", s.GetLabels(), s.GetTemplate().GetLabels())
	}
	served := apply(nil, s)
	served.Labels["team"], served.Template.Annotations = "a", map[string]string{"of": "others", "gcpdeploy.dev/origin": one.Note()}

	// Another commit of the same app.
	d.Origin = two
	merged := run.Merge(served, d)
	if !run.Same(served, merged) {
		t.Error("another commit makes it another service")
	}
	says(merged, two, one)
	if got := slices.Sorted(maps.Keys(merged.GetLabels())); !slices.Equal(got, []string{"gcpdeploy-build", "gcpdeploy-commit", "team"}) {
		t.Errorf("labels %v", got)
	}

	// Something of the service alone makes no revision.
	d.AllowUnauthenticated = &yes
	if merged = run.Merge(served, d); run.Same(served, merged) {
		t.Error("it is the same though it is public")
	}
	says(merged, two, one)

	// A new revision is of the new commit.
	d.Image += "0"
	merged = run.Merge(served, d)
	says(merged, two, two)
	if merged.GetTemplate().GetAnnotations()["of"] != "others" {
		t.Error("what others set is gone")
	}

	// A checkout may differ from its commit, and nobody knows where the next comes from.
	d.Origin = &ci.Origin{System: ci.Checkout, Event: ci.Manual, Commit: one.Commit}
	merged = run.Merge(served, d)
	says(merged, d.Origin, d.Origin)
	if len(merged.GetLabels()) != 1 {
		t.Errorf("labels %v", merged.GetLabels())
	}
	d.Origin = nil
	says(run.Merge(served, d), nil, nil)
}
