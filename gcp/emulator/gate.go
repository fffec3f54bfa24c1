package emulator

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// apis are Google's APIs by the packages of their gRPC services.
var apis = map[string]string{
	"google.api.serviceusage.v1":          "serviceusage.googleapis.com",
	"google.cloud.billing.v1":             "cloudbilling.googleapis.com",
	"google.cloud.orgpolicy.v2":           "orgpolicy.googleapis.com",
	"google.cloud.resourcemanager.v3":     "cloudresourcemanager.googleapis.com",
	"google.cloud.run.v2":                 "run.googleapis.com",
	"google.cloud.secretmanager.v1":       "secretmanager.googleapis.com",
	"google.devtools.artifactregistry.v1": "artifactregistry.googleapis.com",
	"google.devtools.cloudbuild.v1":       "cloudbuild.googleapis.com",
	"google.iam.admin.v1":                 "iam.googleapis.com",
	"google.iam.credentials.v1":           "iamcredentials.googleapis.com",
	"google.logging.v2":                   "logging.googleapis.com",
}

// lent are the APIs that are billed to the project that the caller names, and not
// to that of the resource: they need not be enabled there.
var lent = []string{"cloudbilling.googleapis.com", "cloudresourcemanager.googleapis.com", "orgpolicy.googleapis.com", "serviceusage.googleapis.com"}

// apiOf is the API of a method, as /google.cloud.run.v2.Services/GetService.
func apiOf(method string) string {
	service, _, _ := strings.Cut(strings.TrimPrefix(method, "/"), "/")
	return apis[service[:max(0, strings.LastIndexByte(service, '.'))]]
}

// allow is frame.Allow: a project must be there, have the API enabled, and let the
// caller do it.
func (s *Server) allow(ctx context.Context, a frame.Access) error {
	billed := a.Project
	if slices.Contains(lent, a.API) {
		billed = frame.QuotaProject(ctx)
	}
	if billed != "" && a.API != "" {
		if !s.projects.Exists(billed) {
			return consumerInvalid(billed, a.API)
		}
		if err := s.usage.Check(billed, a.API); err != nil {
			return err
		}
	}
	return nil
}

func consumerInvalid(project, api string) error {
	st, err := status.New(codes.PermissionDenied, "Permission denied on resource project "+project+".").WithDetails(
		&errdetails.ErrorInfo{Reason: "CONSUMER_INVALID", Domain: "googleapis.com", Metadata: map[string]string{"consumer": "projects/" + project, "service": api}})
	if err != nil {
		return err
	}
	return st.Err()
}

// admit is allow for a gRPC request.
func (s *Server) admit(ctx context.Context, method string, req any) error {
	api := apiOf(method)
	m, ok := req.(proto.Message)
	if api == "" || !ok {
		return nil
	}
	return s.allow(ctx, frame.Access{API: api, Project: projectOf(m.ProtoReflect())})
}

// projectOf finds the project that a request is about: in its name, or in that of
// what it creates or changes.
func projectOf(m protoreflect.Message) string {
	for _, field := range []protoreflect.Name{"name", "parent", "resource", "project_id", "resource_names", "names"} {
		f := m.Descriptor().Fields().ByName(field)
		if f == nil || f.Kind() != protoreflect.StringKind {
			continue
		}
		text := ""
		if !f.IsList() {
			text = m.Get(f).String()
		} else if l := m.Get(f).List(); l.Len() > 0 {
			text = l.Get(0).String()
		}
		if rest, ok := strings.CutPrefix(text, "projects/"); ok {
			id, _, _ := strings.Cut(rest, "/")
			if id == "-" {
				return ""
			}
			return id
		}
		if field == "project_id" && text != "" {
			return text
		}
	}
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		if f := fields.Get(i); f.Message() != nil && !f.IsList() && !f.IsMap() && m.Has(f) {
			if id := projectOf(m.Get(f).Message()); id != "" {
				return id
			}
		}
	}
	return ""
}
