package run_test

import (
	"context"
	"testing"

	"cloud.google.com/go/run/apiv2/runpb"
	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// fleet is a region with services.
type fleet struct {
	services  []*runpb.Service
	revisions []*runpb.Revision
}

func (s *cloudRun) ListServices(_ context.Context, r *runpb.ListServicesRequest) (*runpb.ListServicesResponse, error) {
	return &runpb.ListServicesResponse{Services: s.fleet[r.GetParent()].services}, nil
}

func (s *cloudRun) ListRevisions(_ context.Context, r *runpb.ListRevisionsRequest) (*runpb.ListRevisionsResponse, error) {
	return &runpb.ListRevisionsResponse{Revisions: s.fleet[r.GetParent()].revisions}, nil
}

func TestUses(t *testing.T) {
	t.Parallel()
	const region = "projects/p/locations/europe-west1"
	containers := func(images ...string) (all []*runpb.Container) {
		for _, i := range images {
			all = append(all, &runpb.Container{Image: i})
		}
		return all
	}
	revision := func(service, id string, images ...string) *runpb.Revision {
		name := region + "/services/" + service
		return &runpb.Revision{Name: name + "/revisions/" + id, Service: name, Containers: containers(images...)}
	}
	latest, named := runpb.TrafficTargetAllocationType_TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST, runpb.TrafficTargetAllocationType_TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION
	s := &cloudRun{fleet: map[string]fleet{
		region: {services: []*runpb.Service{
			{
				Name: region + "/services/a", LatestReadyRevision: region + "/services/a/revisions/a-3",
				Template: &runpb.RevisionTemplate{Containers: containers("r/a@3")},
				TrafficStatuses: []*runpb.TrafficTargetStatus{
					{Type: latest, Percent: 100}, {Type: named, Revision: "a-1", Tag: "old"}, {Type: named, Revision: "a-2"},
				},
			},
			{Name: region + "/services/b", Template: &runpb.RevisionTemplate{Containers: containers("r/b@2")}},
		}},
		region + "/services/-": {revisions: []*runpb.Revision{
			revision("a", "a-1", "r/a@1", "side@1"), revision("a", "a-2", "r/a@2"), revision("a", "a-3", "r/a@3"), revision("b", "b-1", "r/b@1"),
		}},
	}}
	got, err := run.NewTarget(access(t, s)).Uses(t.Context(), "p", "europe-west1")
	want := []release.Use{
		{Service: "a", Revision: "a-1", Images: []string{"r/a@1", "side@1"}, Serving: true},
		{Service: "a", Revision: "a-2", Images: []string{"r/a@2"}},
		{Service: "a", Revision: "a-3", Images: []string{"r/a@3"}, Serving: true},
		{Service: "b", Revision: "b-1", Images: []string{"r/b@1"}},
		{Service: "b", Images: []string{"r/b@2"}}, // it is about to be a revision
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
}
