package run

import (
	"context"
	"errors"
	"slices"

	api "cloud.google.com/go/run/apiv2"
	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/api/iterator"

	"github.com/gcpdeploy/gcpdeploy/gcp"
)

// Use is what one revision of a service runs.
type Use struct {
	Service, Revision string
	Images            []string // of all its containers, as references
	Serving           bool     // it has traffic or a tag
}

// Uses gives every revision of every service in a region: what serves, and what
// could be rolled back to. A service whose wanted image is in no revision yet
// gives a use without one. They are two calls for a thousand services.
func (s Services) Uses(ctx context.Context, project, region string) ([]Use, error) {
	// Services first: a revision that comes in between is in the second list.
	services, err := s.Client.list(ctx, project, region)
	if err != nil {
		return nil, err
	}
	revisions, err := s.Client.Revisions(ctx, project, region, "-")
	if err != nil {
		return nil, err
	}
	serving := map[string]bool{}
	for _, v := range services {
		for _, t := range v.GetTrafficStatuses() {
			name := short(t.GetRevision())
			if t.GetType() == runpb.TrafficTargetAllocationType_TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST {
				name = short(v.GetLatestReadyRevision())
			}
			if t.GetPercent() > 0 || t.GetTag() != "" {
				serving[short(v.GetName())+"/"+name] = true
			}
		}
	}
	var uses []Use
	known := map[string]bool{}
	for _, r := range revisions {
		u := Use{Service: short(r.GetService()), Revision: short(r.GetName()), Images: images(r.GetContainers())}
		u.Serving = serving[u.Service+"/"+u.Revision]
		for _, image := range u.Images {
			known[u.Service+" "+image] = true
		}
		uses = append(uses, u)
	}
	for _, v := range services {
		u := Use{Service: short(v.GetName()), Images: images(v.GetTemplate().GetContainers())}
		if slices.ContainsFunc(u.Images, func(image string) bool { return !known[u.Service+" "+image] }) {
			uses = append(uses, u)
		}
	}
	return uses, nil
}

func images(containers []*runpb.Container) (refs []string) {
	for _, c := range containers {
		refs = append(refs, c.GetImage())
	}
	return refs
}

// list gives the services of a region.
func (c *Client) list(ctx context.Context, project, region string) ([]*runpb.Service, error) {
	var found []*runpb.Service
	err := c.retry(ctx, "listing services", func(ctx context.Context, r *api.ServicesClient) error {
		found = nil
		it := r.ListServices(ctx, &runpb.ListServicesRequest{Parent: "projects/" + project + "/locations/" + region, PageSize: 1000}, gcp.Once)
		for {
			next, err := it.Next()
			if errors.Is(err, iterator.Done) {
				return nil
			}
			if err != nil {
				return err
			}
			found = append(found, next)
		}
	})
	return found, err
}
