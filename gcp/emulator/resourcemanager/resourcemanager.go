// Package resourcemanager emulates as much of Cloud Resource Manager as asking for
// a project and its policy takes: the third version of its API, and of the first,
// which gcloud speaks, the methods on projects. Projects cannot be made: they are
// there from the beginning.
package resourcemanager

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/resourcemanager/apiv3/resourcemanagerpb"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/rights"
)

// Config is what the emulator works with.
type Config struct {
	Projects frame.Projects
	Policies *rights.Store
	Allow    frame.Allow
}

// Server is the emulator. Its methods are safe for concurrent use.
type Server struct {
	resourcemanagerpb.UnimplementedProjectsServer
	Faults fault.Set // what to get wrong, for tests

	cfg Config
}

var _ resourcemanagerpb.ProjectsServer = (*Server)(nil)

// New makes a Server.
func New(cfg Config) *Server { return &Server{cfg: cfg} }

// Register adds the service to a gRPC server.
func (s *Server) Register(g *grpc.Server) { resourcemanagerpb.RegisterProjectsServer(g, s) }

// rules are the first version's paths of what both have in the same form.
var rules = []*annotations.HttpRule{
	post("GetIamPolicy", "/v1/{resource=projects/*}:getIamPolicy"),
	post("SetIamPolicy", "/v1/{resource=projects/*}:setIamPolicy"),
	post("TestIamPermissions", "/v1/{resource=projects/*}:testIamPermissions"),
}

func post(method, path string) *annotations.HttpRule {
	return &annotations.HttpRule{Selector: "google.cloud.resourcemanager.v3.Projects." + method, Body: "*", Pattern: &annotations.HttpRule_Post{Post: path}}
}

var projectName = regexp.MustCompile(`^projects/([a-z0-9][a-z0-9:.-]*)$`)

// find gives the id of a project, by its name. One that is not there is denied, as
// Google does not tell.
func (s *Server) find(name, permission string) (string, error) {
	m := projectName.FindStringSubmatch(name)
	if m == nil {
		return "", status.Errorf(codes.InvalidArgument, "Invalid project name %.200q: it must be projects/{project}.", name)
	}
	if s.cfg.Projects.Exists(m[1]) {
		return s.cfg.Projects.ID(m[1]), nil
	}
	st, err := status.New(codes.PermissionDenied, "Permission '"+permission+"' denied on resource '//cloudresourcemanager.googleapis.com/"+name+"' (or it may not exist).").
		WithDetails(&errdetails.ErrorInfo{Reason: "IAM_PERMISSION_DENIED", Domain: "cloudresourcemanager.googleapis.com",
			Metadata: map[string]string{"permission": permission, "resource": name}})
	if err != nil {
		return "", err
	}
	return "", st.Err()
}

// message is a project. Its time is made up, and always the same.
func message(id string) *resourcemanagerpb.Project {
	created := &timestamppb.Timestamp{Seconds: 1735689600} // 2025-01-01
	return &resourcemanagerpb.Project{Name: "projects/" + frame.ProjectNumber(id), ProjectId: id, DisplayName: id,
		State: resourcemanagerpb.Project_ACTIVE, CreateTime: created, UpdateTime: created, Etag: `W/"1"`}
}

// GetProject implements the API.
func (s *Server) GetProject(ctx context.Context, req *resourcemanagerpb.GetProjectRequest) (*resourcemanagerpb.Project, error) {
	if err := s.Faults.Take(ctx, "GetProject"); err != nil {
		return nil, err
	}
	id, err := s.find(req.GetName(), "resourcemanager.projects.get")
	if err != nil {
		return nil, err
	}
	return message(id), nil
}

// SearchProjects gives the projects that are known and that the caller may see, in
// one page.
func (s *Server) SearchProjects(ctx context.Context, req *resourcemanagerpb.SearchProjectsRequest) (*resourcemanagerpb.SearchProjectsResponse, error) {
	if err := s.Faults.Take(ctx, "SearchProjects"); err != nil {
		return nil, err
	}
	if req.GetQuery() != "" {
		return nil, status.Error(codes.Unimplemented, "queries of projects are not emulated")
	}
	out := &resourcemanagerpb.SearchProjectsResponse{}
	for _, id := range s.seen(ctx) {
		out.Projects = append(out.Projects, message(id))
	}
	return out, nil
}

// seen are the projects that are known, or have a policy.
func (s *Server) seen(ctx context.Context) []string {
	ids := slices.Clone(s.cfg.Projects.Known)
	for _, r := range s.cfg.Policies.Below("projects/") {
		if m := projectName.FindStringSubmatch(r); m != nil {
			ids = append(ids, m[1])
		}
	}
	slices.Sort(ids)
	return slices.DeleteFunc(slices.Compact(ids), func(id string) bool {
		return len(s.cfg.Policies.Test(ctx, "projects/"+id, []string{"resourcemanager.projects.get"})) == 0
	})
}

// GetIamPolicy implements the API.
func (s *Server) GetIamPolicy(ctx context.Context, req *iampb.GetIamPolicyRequest) (*iampb.Policy, error) {
	if err := s.Faults.Take(ctx, "GetIamPolicy"); err != nil {
		return nil, err
	}
	id, err := s.find(req.GetResource(), "resourcemanager.projects.getIamPolicy")
	if err != nil {
		return nil, err
	}
	return s.cfg.Policies.Get("projects/" + id), nil
}

// SetIamPolicy implements the API.
func (s *Server) SetIamPolicy(ctx context.Context, req *iampb.SetIamPolicyRequest) (*iampb.Policy, error) {
	if err := s.Faults.Take(ctx, "SetIamPolicy"); err != nil {
		return nil, err
	}
	id, err := s.find(req.GetResource(), "resourcemanager.projects.setIamPolicy")
	if err != nil {
		return nil, err
	}
	req.Resource = "projects/" + id
	return s.cfg.Policies.Set(req)
}

// TestIamPermissions implements the API.
func (s *Server) TestIamPermissions(ctx context.Context, req *iampb.TestIamPermissionsRequest) (*iampb.TestIamPermissionsResponse, error) {
	if err := s.Faults.Take(ctx, "TestIamPermissions"); err != nil {
		return nil, err
	}
	id, err := s.find(req.GetResource(), "resourcemanager.projects.get")
	if err != nil {
		return nil, err
	}
	for _, p := range req.GetPermissions() {
		if strings.Contains(p, "*") {
			return nil, status.Errorf(codes.InvalidArgument, "Permission %.100q is not valid: it must not have a wildcard.", p)
		}
	}
	return &iampb.TestIamPermissionsResponse{Permissions: s.cfg.Policies.Test(ctx, "projects/"+id, req.GetPermissions())}, nil
}
