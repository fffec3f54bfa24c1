package storage

import (
	"context"
	"net/http"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// target is what a request is about; object is "" where it is about the bucket, and
// both are where it is about the project.
type target struct{ bucket, object string }

// needs are the permissions of operations. Source:
// cloud.google.com/storage/docs/access-control/iam-json.
var needs = map[string]string{
	"buckets.list": "storage.buckets.list", "buckets.insert": "storage.buckets.create", "buckets.get": "storage.buckets.get",
	"buckets.update": "storage.buckets.update", "buckets.delete": "storage.buckets.delete",
	"buckets.getIamPolicy": "storage.buckets.getIamPolicy", "buckets.setIamPolicy": "storage.buckets.setIamPolicy", "buckets.testIamPermissions": "",
	"buckets.managedFolders": "storage.managedFolders.list", "buckets.storageLayout": "storage.objects.list",
	"objects.list": "storage.objects.list", "objects.get": "storage.objects.get", "objects.media": "storage.objects.get",
	"objects.insert": "storage.objects.create", "objects.delete": "storage.objects.delete",
}

// permit asks whether the caller may do an operation. A bucket that is not there is
// no secret; whether an object is, only those may learn that can list them.
func (s *Store) permit(r *http.Request, op string, on target) error {
	need, ok := needs[op]
	if s.Allow == nil || op == "" {
		return nil
	}
	if !ok {
		return &Error{501, "notImplemented", "The storage emulator does not know which right " + op + " needs."}
	}
	if on.bucket == "" {
		project := r.URL.Query().Get("project")
		return s.ask(r.Context(), frame.Access{Project: project, Permission: need, Resource: "projects/" + project}, "project")
	}
	s.mu.Lock()
	b := s.buckets[on.bucket]
	missing := b != nil && on.object != "" && b.objects[on.object] == nil
	s.mu.Unlock()
	if b == nil {
		return nil // told by the operation
	}
	if err := s.may(r.Context(), b, need, on.object != "" || op == "objects.insert"); err != nil {
		return err
	}
	if missing && (op == "objects.get" || op == "objects.media") {
		return s.may(r.Context(), b, "storage.objects.list", false)
	}
	return nil
}

// may asks whether the caller has a permission on a bucket, or an object in it.
func (s *Store) may(ctx context.Context, b *bucket, permission string, object bool) error {
	kind := "bucket"
	if object {
		kind = "object"
	}
	return s.ask(ctx, frame.Access{Project: b.Project, Permission: permission, Resource: resource(b.Name)}, kind)
}

// May is may for the services beside this one, in the name of the context's caller.
func (s *Store) May(ctx context.Context, bucket, permission string) error {
	s.mu.Lock()
	b := s.buckets[bucket]
	s.mu.Unlock()
	if b == nil || s.Allow == nil {
		return nil
	}
	return s.may(ctx, b, permission, strings.HasPrefix(permission, "storage.objects."))
}

// ask words a denial as this API does.
func (s *Store) ask(ctx context.Context, a frame.Access, kind string) error {
	a.API = "storage.googleapis.com"
	err := s.Allow(ctx, a)
	if status.Code(err) != codes.PermissionDenied || !strings.HasPrefix(status.Convert(err).Message(), "Permission '"+a.Permission+"'") {
		return err
	}
	_, email, _ := strings.Cut(frame.Caller(ctx), ":")
	where := map[string]string{"project": "Google Cloud project", "bucket": "Google Cloud Storage bucket", "object": "Google Cloud Storage object"}[kind]
	return &Error{403, "forbidden", email + " does not have " + a.Permission + " access to the " + where + ". Permission '" + a.Permission +
		"' denied on resource (or it may not exist)."}
}
