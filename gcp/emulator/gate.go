package emulator

import (
	"context"
	"path"
	"slices"
	"strings"

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
	"google.cloud.scheduler.v1":           "cloudscheduler.googleapis.com",
	"google.cloud.secretmanager.v1":       "secretmanager.googleapis.com",
	"google.devtools.artifactregistry.v1": "artifactregistry.googleapis.com",
	"google.devtools.cloudbuild.v1":       "cloudbuild.googleapis.com",
	"google.devtools.cloudbuild.v2":       "cloudbuild.googleapis.com",
	"google.iam.admin.v1":                 "iam.googleapis.com",
	"google.iam.credentials.v1":           "iamcredentials.googleapis.com",
	"google.logging.v2":                   "logging.googleapis.com",
	"google.pubsub.v1":                    "pubsub.googleapis.com",
}

// lent are the APIs that are billed to the project that the caller names, and not
// to that of the resource: they need not be enabled there.
var lent = []string{"cloudbilling.googleapis.com", "cloudresourcemanager.googleapis.com", "orgpolicy.googleapis.com", "serviceusage.googleapis.com"}

// apiOf is the API of a method, as google.cloud.run.v2.Services/GetService.
func apiOf(method string) string {
	service, _, _ := strings.Cut(method, "/")
	return apis[service[:max(0, strings.LastIndexByte(service, '.'))]]
}

// allow is frame.Allow: a project must be there, have the API enabled, and let the
// caller do it.
func (s *Server) allow(ctx context.Context, a frame.Access) error {
	quota, member := frame.QuotaProject(ctx), frame.Caller(ctx)
	billed := a.Project
	if slices.Contains(lent, a.API) {
		billed = quota
	}
	if billed != "" && a.API != "" {
		if !s.projects.Exists(billed) {
			return consumerInvalid(billed, a.API)
		}
		if err := s.usage.Check(billed, a.API); err != nil {
			return err
		}
	}
	if !s.enforce || member == "" {
		return nil
	}
	if quota != "" && !s.policies.Has(member, "serviceusage.services.use", "projects/"+s.projects.ID(quota)) {
		return mayNotBill(quota, a.API)
	}
	a.Resource = s.named(a.Resource)
	if a.Permission == "" || s.policies.Has(member, a.Permission, a.Resource) {
		return nil
	}
	if a.Permission == "iam.serviceAccounts.actAs" {
		return actAs(a.API, a.Resource)
	}
	return denied(a)
}

// named is a resource by the name that its policy is kept under: a project by its
// id, a service account by its e-mail.
func (s *Server) named(resource string) string {
	if full, ok := s.accounts.Name(resource); ok {
		return full
	}
	if rest, ok := strings.CutPrefix(resource, "projects/"); ok {
		id, below, _ := strings.Cut(rest, "/")
		return strings.TrimSuffix("projects/"+s.projects.ID(id)+"/"+below, "/")
	}
	return resource
}

// admit is allow for a gRPC request.
func (s *Server) admit(ctx context.Context, method string, req any) error {
	method = strings.TrimPrefix(method, "/")
	api := apiOf(method)
	m, ok := req.(proto.Message)
	if api == "" || !ok {
		return nil
	}
	need, ok := methods[method]
	if !ok && s.enforce && frame.Caller(ctx) != "" {
		return status.Errorf(codes.Unimplemented, "method %s not implemented", path.Base(method))
	}
	a := frame.Access{API: api, Project: projectOf(m.ProtoReflect()), Permission: need.permission}
	if a.Permission != "" && s.enforce {
		a.Resource = resourceOf(m.ProtoReflect(), need.field, a.Project)
	}
	return s.allow(ctx, a)
}

// resourceOf is the full name of what a request is about, as policies are kept
// under; the project, where the request names no more.
func resourceOf(m protoreflect.Message, path, project string) string {
	head, rest, deeper := strings.Cut(path, ".")
	f := m.Descriptor().Fields().ByName(protoreflect.Name(head))
	switch {
	case f == nil:
	case deeper:
		return resourceOf(m.Get(f).Message(), rest, project)
	case f.IsList():
		if l := m.Get(f).List(); l.Len() > 0 {
			return l.Get(0).String()
		}
	default:
		if name := m.Get(f).String(); name != "" {
			return name
		}
	}
	return "projects/" + project
}

// projectOf finds the project that a request is about: in its name, or in that of
// what it creates or changes.
func projectOf(m protoreflect.Message) string {
	for _, field := range []protoreflect.Name{"name", "parent", "resource", "resource_name", "project_id", "resource_names", "names", "topic", "subscription", "project"} {
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
