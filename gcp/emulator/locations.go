package emulator

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/genproto/googleapis/cloud/location"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// locationRules are paths that the proto has not: Artifact Registry's for gcloud.
var locationRules = []*annotations.HttpRule{
	{Selector: "google.cloud.location.Locations.ListLocations", Pattern: &annotations.HttpRule_Get{Get: "/v1beta2/{name=projects/*}/locations"}},
}

// locations lists the locations of all services: of a project, those in which it
// has something. Each API at Google lists all that it has; every name is one here.
type locations struct {
	location.UnimplementedLocationsServer
	server *Server
}

// ListLocations asks each service where a project has something.
func (l *locations) ListLocations(_ context.Context, r *location.ListLocationsRequest) (*location.ListLocationsResponse, error) {
	project, ok := strings.CutPrefix(r.GetName(), "projects/")
	switch {
	case !ok || project == "" || strings.Contains(project, "/"):
		return nil, status.Errorf(codes.InvalidArgument, "Invalid name %.200q: must be projects/*.", r.GetName())
	case r.GetFilter() != "" || r.GetPageToken() != "":
		return nil, status.Error(codes.Unimplemented, "locations are listed without a filter, and on one page")
	}
	var ids []string
	for _, svc := range l.server.services {
		if svc.Locations != nil {
			ids = append(ids, svc.Locations(project)...)
		}
	}
	slices.Sort(ids)
	res := &location.ListLocationsResponse{}
	for _, id := range slices.Compact(ids) {
		res.Locations = append(res.Locations, &location.Location{Name: r.GetName() + "/locations/" + id, LocationId: id})
	}
	return res, nil
}
