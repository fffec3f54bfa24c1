package run

import (
	"context"
	"errors"
	"slices"

	api "cloud.google.com/go/run/apiv2"
	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/api/iterator"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Uses gives every revision of every service in a region: what serves, and what
// could be rolled back to. A service whose wanted image is in no revision yet
// gives a use without one. They are two calls for a thousand services.
func (t Target) Uses(ctx context.Context, project, region string) ([]release.Use, error) {
	// Services first: a revision that comes in between is in the second list.
	services, err := t.client.list(ctx, project, region)
	if gcp.Disabled(err) == gcp.Run.Service() {
		return nil, nil // of a project that releases elsewhere
	}
	if err != nil {
		return nil, err
	}
	revisions, err := t.client.Revisions(ctx, project, region, "-")
	if err != nil {
		return nil, err
	}
	serving := map[string]bool{}
	for _, v := range services {
		for _, share := range v.GetTrafficStatuses() {
			name := short(share.GetRevision())
			if share.GetType() == runpb.TrafficTargetAllocationType_TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST {
				name = short(v.GetLatestReadyRevision())
			}
			if share.GetPercent() > 0 || share.GetTag() != "" {
				serving[short(v.GetName())+"/"+name] = true
			}
		}
	}
	var uses []release.Use
	known := map[string]bool{}
	for _, r := range revisions {
		u := release.Use{Service: short(r.GetService()), Revision: short(r.GetName()), Images: images(r.GetContainers())}
		u.Serving = serving[u.Service+"/"+u.Revision]
		for _, image := range u.Images {
			known[u.Service+" "+image] = true
		}
		uses = append(uses, u)
	}
	for _, v := range services {
		u := release.Use{Service: short(v.GetName()), Images: images(v.GetTemplate().GetContainers())}
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
