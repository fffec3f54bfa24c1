package run

import (
	"context"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Revisions gives the revisions of a service, the newest first.
func (t Target) Revisions(ctx context.Context, s release.Spec) ([]release.Revision, error) {
	// The service first: what it serves is in the list then.
	observed, ok, err := t.client.Get(ctx, s.Project, s.Region, s.Service)
	if err != nil || !ok {
		return nil, err
	}
	found, err := t.client.Revisions(ctx, s.Project, s.Region, s.Service)
	if err != nil {
		return nil, err
	}
	traffic := served(observed)
	var all []release.Revision
	for _, v := range found {
		r := release.Revision{Name: short(v.GetName()), Created: v.GetCreateTime().AsTime(), Settings: settingsOf(v)}
		r.Image = imageOf(v)
		r.Ready, r.Message = readiness(v)
		for _, share := range traffic {
			if share.Revision != r.Name {
				continue
			}
			if r.Percent += share.Percent; share.Tag != "" {
				r.Tags = append(r.Tags, share.Tag)
			}
		}
		all = append(all, r)
	}
	noted(all, found)
	return all, nil
}

// imageOf is what a revision runs; "" where it runs nothing.
func imageOf(v *runpb.Revision) string {
	if len(v.GetContainers()) == 0 {
		return ""
	}
	return ingress(&runpb.RevisionTemplate{Containers: v.GetContainers()}).GetImage()
}

// readiness is what a revision's condition says, and why it is not ready.
func readiness(v *runpb.Revision) (ready bool, message string) {
	for _, c := range v.GetConditions() {
		if c.GetType() != "Ready" {
			continue
		}
		if c.GetState() == runpb.Condition_CONDITION_SUCCEEDED {
			return true, ""
		}
		if c.GetMessage() != "" {
			return false, c.GetMessage()
		}
	}
	return false, "it is being started"
}
