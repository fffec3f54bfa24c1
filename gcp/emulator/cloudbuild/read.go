package cloudbuild

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Page sizes of ListBuilds.
const (
	defaultPage = 50
	maxPage     = 1000
)

// GetBuild gives one build.
func (s *Server) GetBuild(ctx context.Context, req *cloudbuildpb.GetBuildRequest) (*cloudbuildpb.Build, error) {
	if err := s.Faults.Take(ctx, "GetBuild"); err != nil {
		return nil, err
	}
	if req.Name == "" && req.ProjectId == "" {
		return nil, invalid("name or project_id must be given")
	}
	r, err := s.find(req.Name, req.ProjectId, req.Id)
	if err != nil {
		return nil, err
	}
	return s.snapshot(r), nil
}

// pageToken says after which build a page starts, and of which query it is.
type pageToken struct {
	After  time.Time
	ID     string
	Query  string
	Filter string
}

// EveryLocation is the operation of Faults for ListBuilds of all locations at once,
// which Google's documentation has for other lists.
const EveryLocation = "ListBuilds of every location"

// ListBuilds gives the builds of a location, the newest first. Location "-"
// means all of them, the legacy path only global.
func (s *Server) ListBuilds(ctx context.Context, req *cloudbuildpb.ListBuildsRequest) (*cloudbuildpb.ListBuildsResponse, error) {
	if err := s.Faults.Take(ctx, "ListBuilds"); err != nil {
		return nil, err
	}
	p, err := parsePlace(req.Parent, req.ProjectId)
	if err != nil {
		return nil, err
	}
	if p.location == "-" {
		if err := s.Faults.Take(ctx, EveryLocation); err != nil {
			return nil, err
		}
	}
	match, err := parseFilter(req.Filter)
	if err != nil {
		return nil, invalid("invalid list filter: %v", err)
	}
	size := int(req.PageSize)
	switch {
	case size < 0:
		return nil, invalid("page_size must not be negative")
	case size == 0:
		size = defaultPage
	}
	size = min(size, maxPage)
	after, err := parseToken(req, p)
	if err != nil {
		return nil, err
	}
	res := &cloudbuildpb.ListBuildsResponse{}
	for _, b := range s.newest() {
		if b.ProjectId != p.project || p.location != "-" && b.Name != p.build(b.Id) || !match(b) {
			continue
		}
		if t := b.CreateTime.AsTime(); req.PageToken != "" && (t.After(after.After) || t.Equal(after.After) && b.Id <= after.ID) {
			continue
		}
		if len(res.Builds) == size {
			last := res.Builds[size-1]
			res.NextPageToken = token(pageToken{last.CreateTime.AsTime(), last.Id, p.build(""), req.Filter})
			break
		}
		res.Builds = append(res.Builds, b)
	}
	return res, nil
}

func token(t pageToken) string {
	data, _ := json.Marshal(t) // has only times and strings
	return base64.URLEncoding.EncodeToString(data)
}

func parseToken(req *cloudbuildpb.ListBuildsRequest, p place) (t pageToken, err error) {
	if req.PageToken == "" {
		return t, nil
	}
	data, err := base64.URLEncoding.DecodeString(req.PageToken)
	if err == nil {
		err = json.Unmarshal(data, &t)
	}
	if err != nil || t.Query != p.build("") || t.Filter != req.Filter {
		return t, invalid("invalid page token")
	}
	return t, nil
}

// CancelBuild stops a build, and answers once it has stopped.
func (s *Server) CancelBuild(ctx context.Context, req *cloudbuildpb.CancelBuildRequest) (*cloudbuildpb.Build, error) {
	if err := s.Faults.Take(ctx, "CancelBuild"); err != nil {
		return nil, err
	}
	if req.Name == "" && req.ProjectId == "" {
		return nil, invalid("name or project_id must be given")
	}
	r, err := s.find(req.Name, req.ProjectId, req.Id)
	if err != nil {
		return nil, err
	}
	if b := s.snapshot(r); over(b) {
		return nil, status.Errorf(codes.FailedPrecondition, "generic::failed_precondition: build is not in progress: its status is %s", b.Status)
	}
	if s.unqueue(r) {
		s.abandon(r, cloudbuildpb.Build_CANCELLED, "")
	}
	r.cancel(errCancelled)
	select {
	case <-r.done:
		return s.snapshot(r), nil
	case <-ctx.Done():
		return nil, status.FromContextError(ctx.Err()).Err()
	}
}

// ListWorkerPools gives a location's private pools: none, as none can be made here.
func (s *Server) ListWorkerPools(ctx context.Context, req *cloudbuildpb.ListWorkerPoolsRequest) (*cloudbuildpb.ListWorkerPoolsResponse, error) {
	if err := s.Faults.Take(ctx, "ListWorkerPools"); err != nil {
		return nil, err
	}
	_, err := parsePlace(req.Parent, "")
	return &cloudbuildpb.ListWorkerPoolsResponse{}, err
}

// GetDefaultServiceAccount names the account that builds run as.
func (s *Server) GetDefaultServiceAccount(ctx context.Context, req *cloudbuildpb.GetDefaultServiceAccountRequest) (*cloudbuildpb.DefaultServiceAccount, error) {
	if err := s.Faults.Take(ctx, "GetDefaultServiceAccount"); err != nil {
		return nil, err
	}
	m := accountName.FindStringSubmatch(req.Name)
	if m == nil {
		return nil, invalid("invalid name %q: must be projects/{project}/locations/{location}/defaultServiceAccount", req.Name)
	}
	p := place{m[1], m[2]}
	if err := p.check(); err != nil {
		return nil, err
	}
	return &cloudbuildpb.DefaultServiceAccount{Name: req.Name,
		ServiceAccountEmail: "projects/" + p.project + "/serviceAccounts/" + s.cfg.Projects.BuildAccount(p.project)}, nil
}
