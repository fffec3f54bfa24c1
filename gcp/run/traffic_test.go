package run_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"cloud.google.com/go/run/apiv2/runpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"github.com/gcpdeploy/gcpdeploy/gcp/run"
)

// TestNoTraffic: a new revision that is to get no traffic leaves it where it is, by
// name; where none is made there is nothing to do; the next release takes all.
func TestNoTraffic(t *testing.T) {
	t.Parallel()
	served := apply(nil, run.Merge(nil, desired()))
	served.TrafficStatuses = statuses("LATEST:r1=100")
	for _, tt := range []struct{ name, is, want string }{
		{"all is the latest's", "LATEST=100", "r1=100"},
		{"tags stay", "LATEST=100 LATEST#new=0 old#before=0", "r1=100 LATEST#new=0 old#before=0"},
		{"a split", "LATEST=40 old=50 r1=10", "r1=50 old=50"},
		{"pinned already", "old=100", "old=100"},
	} {
		s := proto.CloneOf(served)
		s.Traffic = traffic(tt.is)
		d := desired()
		d.NoTraffic = true
		if !run.Same(s, run.Merge(s, d)) {
			t.Errorf("%s: without a new revision there is something to do", tt.name)
		}
		d.Image += "0"
		if diff := cmp.Diff(tt.want, words(run.Merge(s, d).GetTraffic())); diff != "" {
			t.Errorf("%s, -want +got:\n%s", tt.name, diff)
		}
	}

	d := desired()
	d.NoTraffic = true
	if got := words(run.Merge(nil, d).GetTraffic()); got != "" {
		t.Errorf("the first release: %s", got)
	}
	failing := proto.CloneOf(served)
	failing.LatestReadyRevision = ""
	d.Image += "0"
	if got := words(run.Merge(failing, d).GetTraffic()); got != "LATEST=100" {
		t.Errorf("where nothing has served: %s", got)
	}

	withheld := apply(served, run.Merge(served, d))
	d.NoTraffic = false
	merged := run.Merge(withheld, d)
	if got := words(merged.GetTraffic()); got != "LATEST=100" || run.Same(withheld, merged) {
		t.Errorf("the next release: %s", got)
	}
	if notes := merged.GetTemplate().GetAnnotations(); notes["gcpdeploy.dev/before"] != "r1" {
		t.Errorf("notes %v", notes)
	}
}

// TestBefore: a revision remembers what had all traffic before it.
func TestBefore(t *testing.T) {
	t.Parallel()
	for is, want := range map[string]string{"LATEST:r1=100": "r1", "old=100": "old", "old=50 LATEST:r1=50": ""} {
		s := apply(nil, run.Merge(nil, desired()))
		s.TrafficStatuses = statuses(is)
		d := desired()
		d.Image += "0"
		if got := run.Merge(s, d).GetTemplate().GetAnnotations()["gcpdeploy.dev/before"]; got != want {
			t.Errorf("%s: before is %q, want %q", is, got, want)
		}
	}
	if notes := run.Merge(nil, desired()).GetTemplate().GetAnnotations(); len(notes) != 1 {
		t.Errorf("the first: %v", notes)
	}
}

// traffic reads "LATEST=90 r1#tag=10".
func traffic(text string) (all []*runpb.TrafficTarget) {
	for _, s := range statuses(text) {
		all = append(all, &runpb.TrafficTarget{Type: s.GetType(), Revision: s.GetRevision(), Percent: s.GetPercent(), Tag: s.GetTag()})
	}
	return all
}

// statuses reads the same as it is shown: "LATEST:r1" is the latest, and its name.
func statuses(text string) (all []*runpb.TrafficTargetStatus) {
	for _, word := range strings.Fields(text) {
		name, percent, _ := strings.Cut(word, "=")
		name, tag, _ := strings.Cut(name, "#")
		n, _ := strconv.Atoi(percent)
		s := &runpb.TrafficTargetStatus{Type: toRevision, Revision: name, Percent: int32(n), Tag: tag}
		if is, latest, _ := strings.Cut(name, ":"); is == "LATEST" {
			s.Type, s.Revision = toLatest, latest
		}
		all = append(all, s)
	}
	return all
}

// words is what traffic read.
func words(all []*runpb.TrafficTarget) string {
	var text []string
	for _, t := range all {
		name := t.GetRevision()
		if t.GetType() == toLatest {
			name = "LATEST"
		}
		if t.GetTag() != "" {
			name += "#" + t.GetTag()
		}
		text = append(text, fmt.Sprint(name, "=", t.GetPercent()))
	}
	return strings.Join(text, " ")
}
