package knative

import (
	"context"
	"strings"

	"cloud.google.com/go/run/apiv2/runpb"
	runv1 "google.golang.org/api/run/v1"
	"google.golang.org/grpc/codes"
)

const labelService = "serving.knative.dev/service"

// each hands on the revisions of a service, or of a region for "-".
func (s *Surface) each(ctx context.Context, parent string, f func(*runpb.Revision)) error {
	req := &runpb.ListRevisionsRequest{Parent: parent}
	for {
		page, err := s.revisions.ListRevisions(ctx, req)
		if err != nil {
			return err
		}
		for _, pb := range page.GetRevisions() {
			f(pb)
		}
		if req.PageToken = page.GetNextPageToken(); req.PageToken == "" {
			return nil
		}
	}
}

func (s *Surface) listRevisions(ctx context.Context, r request) (any, error) {
	selected, err := selector(r)
	if err != nil {
		return nil, err
	}
	list := &runv1.ListRevisionsResponse{ApiVersion: apiVersion, Kind: "RevisionList", Metadata: &runv1.ListMeta{}}
	err = s.each(ctx, r.parent()+"/services/-", func(pb *runpb.Revision) {
		if v1 := fromRevision(pb); selected(v1.Metadata.Labels) {
			list.Items = append(list.Items, v1)
		}
	})
	if err != nil {
		return nil, err
	}
	list.Items, list.Metadata.Continue, err = cut(r, list.Items)
	return list, err
}

// find looks for a revision: in v1 its name says nothing of its service.
func (s *Surface) find(ctx context.Context, r request) (found *runpb.Revision, err error) {
	err = s.each(ctx, r.parent()+"/services/-", func(pb *runpb.Revision) {
		if short(pb.GetName()) == r.name {
			found = pb
		}
	})
	if err == nil && found == nil {
		err = statusf(codes.NotFound, "Revision '%s' not found.", r.name)
	}
	return found, err
}

func (s *Surface) getRevision(ctx context.Context, r request) (any, error) {
	pb, err := s.find(ctx, r)
	if err != nil {
		return nil, err
	}
	return fromRevision(pb), nil
}

func (s *Surface) deleteRevision(ctx context.Context, r request) (any, error) {
	pb, err := s.find(ctx, r)
	if err != nil {
		return nil, err
	}
	_, err = s.revisions.DeleteRevision(ctx, &runpb.DeleteRevisionRequest{Name: pb.GetName(), ValidateOnly: r.dryRun()})
	return deleted(err)
}

// short is the last part of a resource name.
func short(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }
