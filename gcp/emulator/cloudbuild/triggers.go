package cloudbuild

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild/trigger"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// CreateBuildTrigger keeps a trigger.
func (s *Server) CreateBuildTrigger(ctx context.Context, req *cloudbuildpb.CreateBuildTriggerRequest) (*cloudbuildpb.BuildTrigger, error) {
	if err := s.Faults.Take(ctx, "CreateBuildTrigger"); err != nil {
		return nil, err
	}
	p, err := parsePlace(req.GetParent(), req.GetProjectId())
	if err != nil {
		return nil, err
	}
	if p.location == "-" || req.GetTrigger() == nil {
		return nil, invalid("a location and a trigger must be given")
	}
	t := proto.CloneOf(req.GetTrigger())
	t.Id, t.CreateTime = newID(), timestamppb.New(s.cfg.Now())
	t.ResourceName = p.trigger(t.Id)
	if t.Name == "" {
		t.Name = s.freeName(p)
	}
	if err := s.checkTrigger(ctx, p, t); err != nil {
		return nil, err
	}
	if err := s.keepTrigger(p, nil, t); err != nil {
		return nil, err
	}
	return t, s.Faults.Take(ctx, "CreateBuildTrigger.reply")
}

// checkTrigger refuses a trigger as Google does.
func (s *Server) checkTrigger(ctx context.Context, p place, t *trigger.Trigger) error {
	if t.ServiceAccount == "" && s.cfg.Projects.Account != frame.CloudBuild {
		return trigger.Bare // which is all that Google says: terraform-provider-google#22558
	}
	if err := trigger.Validate(t, p.location); err != nil {
		return err
	}
	src, err := trigger.SourceOf(t)
	if err != nil {
		return invalid("%v", err)
	}
	for _, name := range []string{src.Repository, src.Link, t.GetSourceToBuild().GetRepository(), t.GetGitFileSource().GetRepository()} {
		if _, ok := s.remote(name); name != "" && !ok {
			return status.Errorf(codes.NotFound, "generic::not_found: repository %q was not found", name)
		}
	}
	var remotes []string
	if g := src.GitHub; g != nil {
		remotes = append(remotes, github(g))
	}
	for _, uri := range append(remotes, t.GetSourceToBuild().GetUri(), t.GetGitFileSource().GetUri()) {
		if uri != "" && !s.mapped(uri) {
			return status.Errorf(codes.FailedPrecondition, "Repository mapping does not exist. Please visit https://console.cloud.google.com/cloud-build/triggers/connect?project=%s to connect a repository to your project", p.number())
		}
	}
	if t.ServiceAccount == "" {
		return nil
	}
	return s.actAs(ctx, p.project, email(t.ServiceAccount))
}

// GetBuildTrigger gives a trigger by its id or name.
func (s *Server) GetBuildTrigger(ctx context.Context, req *cloudbuildpb.GetBuildTriggerRequest) (*cloudbuildpb.BuildTrigger, error) {
	if err := s.Faults.Take(ctx, "GetBuildTrigger"); err != nil {
		return nil, err
	}
	_, t, err := s.findTrigger(req.GetName(), req.GetProjectId(), req.GetTriggerId())
	return t, err
}

// ListBuildTriggers gives a location's triggers; location "-" means all of them, the
// legacy path only global.
func (s *Server) ListBuildTriggers(ctx context.Context, req *cloudbuildpb.ListBuildTriggersRequest) (*cloudbuildpb.ListBuildTriggersResponse, error) {
	if err := s.Faults.Take(ctx, "ListBuildTriggers"); err != nil {
		return nil, err
	}
	p, err := parsePlace(req.GetParent(), req.GetProjectId())
	if err != nil {
		return nil, err
	}
	all := slices.DeleteFunc(s.Triggers(), func(t *trigger.Trigger) bool {
		in := placeOf(t)
		return in.project != p.project || p.location != "-" && in.location != p.location
	})
	page, next, err := frame.Page(all, req.GetPageSize(), req.GetPageToken(), defaultPage, maxPage)
	return &cloudbuildpb.ListBuildTriggersResponse{Triggers: page, NextPageToken: next}, err
}

// UpdateBuildTrigger changes what its mask names. Without one it replaces all, and
// with it what the caller's protos do not know.
func (s *Server) UpdateBuildTrigger(ctx context.Context, req *cloudbuildpb.UpdateBuildTriggerRequest) (*cloudbuildpb.BuildTrigger, error) {
	if err := s.Faults.Take(ctx, "UpdateBuildTrigger"); err != nil {
		return nil, err
	}
	if req.GetTrigger() == nil {
		return nil, invalid("a trigger must be given")
	}
	name, id := req.GetTrigger().GetResourceName(), req.GetTriggerId()
	if name != "" && id != "" && !strings.HasSuffix(name, "/"+id) { // gcloud sends a name in one, and an id in the other
		_, t, err := s.findTrigger(name, req.GetProjectId(), "")
		if err != nil {
			return nil, err
		}
		if id != t.Id && id != t.Name {
			return nil, invalid("trigger_id %q does not match name %q", id, name)
		}
		id = ""
	}
	p, have, err := s.findTrigger(name, req.GetProjectId(), id)
	if err != nil {
		return nil, err
	}
	next, err := trigger.Update(have, req.GetTrigger(), req.GetUpdateMask())
	if err != nil {
		return nil, invalid("%v", err)
	}
	if next.Name == "" {
		next.Name = have.Name
	}
	if err := s.checkTrigger(ctx, p, next); err != nil {
		return nil, err
	}
	if err := s.keepTrigger(p, have, next); err != nil {
		return nil, err
	}
	return next, s.Faults.Take(ctx, "UpdateBuildTrigger.reply")
}

// DeleteBuildTrigger forgets a trigger. Its builds stay.
func (s *Server) DeleteBuildTrigger(ctx context.Context, req *cloudbuildpb.DeleteBuildTriggerRequest) (*emptypb.Empty, error) {
	if err := s.Faults.Take(ctx, "DeleteBuildTrigger"); err != nil {
		return nil, err
	}
	_, t, err := s.findTrigger(req.GetName(), req.GetProjectId(), req.GetTriggerId())
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, s.dropTrigger(t)
}

// freeName is what Google calls a trigger that was given no name.
func (s *Server) freeName(p place) string {
	name := "trigger"
	for i := 1; ; i++ {
		if _, _, err := s.findTrigger(p.trigger(name), "", ""); err != nil {
			return name
		}
		name = fmt.Sprint("trigger-", i)
	}
}

func (p place) trigger(id string) string {
	return "projects/" + p.project + "/locations/" + p.location + "/triggers/" + id
}

func placeOf(t *trigger.Trigger) place {
	m := triggerName.FindStringSubmatch(t.GetResourceName())
	return place{m[1], m[2]}
}
