package run_test

import (
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// TestRevisions: the newest first, with their traffic, and with what our notes say of
// them: one that somebody made of ours has the notes of ours, and they do not count.
func TestRevisions(t *testing.T) {
	t.Parallel()
	s := &cloudRun{service: apply(nil, run.Merge(nil, desired()))}
	s.service.TrafficStatuses = statuses("hello-2=90 hello-1#old=10 hello-3#new=0")
	from := &ci.Origin{System: ci.GitHub, Commit: strings.Repeat("1", 40)}
	made := func(name string, minute int, notes ...string) *runpb.Revision {
		v := &runpb.Revision{
			Name: "services/hello/revisions/" + name, CreateTime: timestamppb.New(noon.Add(time.Duration(minute) * time.Minute)), Annotations: map[string]string{},
			Containers: []*runpb.Container{{Image: "proxy"}, {Image: image, Ports: []*runpb.ContainerPort{{}}}},
			Conditions: []*runpb.Condition{{Type: "Active", State: runpb.Condition_CONDITION_FAILED, Message: "retired"}, {Type: "Ready", State: runpb.Condition_CONDITION_SUCCEEDED}},
		}
		for n := 0; n < len(notes); n += 2 {
			v.Annotations["gcpdeploy.dev/"+notes[n]] = notes[n+1]
		}
		return v
	}
	one, two := release.Run{ID: "run-1", Started: noon}, release.Run{ID: "run-2", Started: noon.Add(time.Minute)}
	failed := made("hello-4", 4, "run", "spoilt", "before", "hello-3")
	failed.Conditions = []*runpb.Condition{{Type: "Ready", State: runpb.Condition_CONDITION_FAILED, Message: "it does not listen"}}
	starting := made("hello-5", 5)
	starting.Conditions = nil
	s.fleet = map[string]fleet{desired().Name(): {revisions: []*runpb.Revision{
		made("hello-1", 1, "run", one.String()), failed, starting,
		made("hello-3", 3, "run", two.String(), "before", "hello-1", "origin", from.Note()), // by gcloud, of the one below
		made("hello-2", 2, "run", two.String(), "before", "hello-1", "origin", from.Note()),
	}}}
	all, err := run.NewTarget(access(t, s)).Revisions(t.Context(), desired().Spec)
	if err != nil || len(all) != 5 {
		t.Fatalf("%+v, %v", all, err)
	}
	for n, want := range []release.Revision{
		{Name: "hello-5", Message: "it is being started"}, {Name: "hello-4", Message: "it does not listen"}, {Name: "hello-3", Ready: true, Tags: []string{"new"}},
		{Name: "hello-2", Ready: true, Percent: 90, Run: two, Before: "hello-1", Origin: from}, {Name: "hello-1", Ready: true, Percent: 10, Tags: []string{"old"}, Run: one},
	} {
		got := all[n]
		if got.Name != want.Name || got.Ready != want.Ready || got.Message != want.Message || got.Percent != want.Percent || got.Image != image ||
			strings.Join(got.Tags, " ") != strings.Join(want.Tags, " ") || got.Run.ID != want.Run.ID || got.Before != want.Before || (got.Origin == nil) != (want.Origin == nil) {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	s.service = nil
	if all, err := run.NewTarget(access(t, s)).Revisions(t.Context(), desired().Spec); err != nil || all != nil {
		t.Errorf("without a service: %+v, %v", all, err)
	}
}
