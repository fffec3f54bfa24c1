package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// nothingElseServes is that what has traffic is what a run has released, not only tried.
func (r *race) nothingElseServes(t *testing.T, s *turns) {
	t.Helper()
	pb := r.w.service(t, r.service)
	for _, share := range pb.TrafficStatuses {
		name := share.Revision
		if name == "" {
			name = short(pb.LatestReadyRevision)
		}
		v, err := r.emulator().GetRevision(t.Context(), &runpb.GetRevisionRequest{Name: pb.Name + "/revisions/" + name})
		if err != nil {
			t.Fatal(err)
		}
		r.mu.Lock()
		ok := share.Percent == 0 || r.released[v.Containers[0].Image]
		r.mu.Unlock()
		if !ok {
			t.Errorf("%s serves, which is only tried, after: %s", name, s)
		}
	}
}

// noFieldIsLost is that all have what they set, but for what the newest run sets otherwise,
// or no longer.
func (r *race) noFieldIsLost(t *testing.T) {
	t.Helper()
	s := r.w.service(t, r.service)
	env := map[string]string{}
	for _, v := range s.Template.Containers[0].Env {
		env[v.Name] = v.GetValue()
	}
	labels := maps.Clone(s.Labels)
	maps.DeleteFunc(labels, func(key, _ string) bool { return strings.HasPrefix(key, "gcpdeploy-") })
	for _, field := range []struct {
		name      string
		got, want any
	}{
		{"variables", env, map[string]string{"SHARED": "b", "A": "a", "B": "b", "THEIRS": "1", "BY_HAND": "1"}},
		{"labels", labels, map[string]string{"by": "b", "team": "x"}},
		{"the image", s.Template.Containers[0].Image, r.images["b"]},
		{"memory", s.Template.Containers[0].Resources.Limits["memory"], "512Mi"},
		{"the most instances", s.Template.Scaling.GetMaxInstanceCount(), 9},
		{"the least instances", s.Scaling.GetMinInstanceCount(), 0},
		{"concurrency", s.Template.MaxInstanceRequestConcurrency, 80},
		{"the description", s.Description, "theirs"},
		{"the timeout", s.Template.Timeout.GetSeconds(), 123},
		{"the team of the revision", s.Template.Labels["team"], "x"},
	} {
		if fmt.Sprint(field.got) != fmt.Sprint(field.want) {
			t.Errorf("%s: %v, want %v", field.name, field.got, field.want)
		}
	}
}

// nothingIsLeft is that all traffic goes to the newest run's image, and that nothing of a
// trial is left, nor anything to do.
func (r *race) nothingIsLeft(t *testing.T, newest release.Run) {
	t.Helper()
	target := kindOf("cloud-run").dial(r.w.access)
	st, _, err := target.State(t.Context(), r.spec("b"))
	_, noted := r.w.service(t, r.service).Annotations["gcpdeploy.dev/held"]
	if err != nil || !st.Ready || noted || st.Held || st.Pinned || st.Run != newest.ID || st.Image != r.images["b"] {
		t.Errorf("%+v, %v", st, err)
	}
	var shares []string
	for _, share := range st.Traffic {
		shares = append(shares, fmt.Sprint(share.Percent, " ", share.Tag))
	}
	if slices.Sort(shares); fmt.Sprint(shares) != "[0 theirs 100 ]" {
		t.Errorf("the traffic is %+v", st.Traffic)
	}
	_, wanted, err := target.Observe(t.Context(), r.planned("b"))
	if err != nil || !wanted(digestOf(r.images["b"])) {
		t.Errorf("there is something left to do, %v", err)
	}
}

// planned is the spec as a plan has it, whose image has no digest yet.
func (r *race) planned(name string) release.Spec {
	s := r.spec(name)
	s.Image, _, _ = strings.Cut(r.images[name], "@")
	return s
}

func digestOf(image string) string {
	_, digest, _ := strings.Cut(image, "@")
	return digest
}
