package storage

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
)

// resource is a bucket's name among all resources.
func resource(bucket string) string { return "projects/_/buckets/" + bucket }

// policyJSON is a policy in this API's form.
func policyJSON(bucket string, p *iampb.Policy) (map[string]any, error) {
	data, err := protojson.Marshal(p)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	if err := json.Unmarshal(data, &out); err != nil {
		return nil, err
	}
	out["kind"], out["resourceId"] = "storage#policy", resource(bucket)
	return out, nil
}

// getPolicy answers a bucket's policy.
func (s *Store) getPolicy(w http.ResponseWriter, _ *http.Request, bucket string) error {
	if !s.HasBucket(bucket) {
		return errNoBucket
	}
	out, err := policyJSON(bucket, s.Policies.Get(resource(bucket)))
	if err == nil {
		writeBody(w, 200, out)
	}
	return err
}

// setPolicy replaces a bucket's policy.
func (s *Store) setPolicy(w http.ResponseWriter, r *http.Request, bucket string) error {
	s.mu.Lock()
	b := s.buckets[bucket]
	s.mu.Unlock()
	if b == nil {
		return errNoBucket
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxJSON))
	if err != nil {
		return err
	}
	p := &iampb.Policy{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(data, p); err != nil { // kind and resourceId
		return &Error{400, "parseError", "Parse Error"}
	}
	for _, binding := range p.GetBindings() {
		public := slices.Contains(binding.GetMembers(), "allUsers") || slices.Contains(binding.GetMembers(), "allAuthenticatedUsers")
		if public && (b.Settings.prevents() || s.enforced("storage.publicAccessPrevention")) {
			return &Error{412, "conditionNotMet", "The member bindings allUsers and allAuthenticatedUsers are not allowed since public access prevention is enforced."}
		}
	}
	set, err := s.Policies.Set(&iampb.SetIamPolicyRequest{Resource: resource(bucket), Policy: p})
	switch status.Code(err) {
	case codes.OK:
	case codes.Aborted:
		return errPrecondition
	case codes.InvalidArgument:
		return invalid("%s", status.Convert(err).Message())
	default:
		return err
	}
	out, err := policyJSON(bucket, set)
	if err == nil {
		writeBody(w, 200, out)
	}
	return err
}

// testPermissions answers what the caller may do with a bucket.
func (s *Store) testPermissions(w http.ResponseWriter, r *http.Request, bucket string) error {
	if !s.HasBucket(bucket) {
		return errNoBucket
	}
	wanted := r.URL.Query()["permissions"]
	for _, p := range wanted {
		if !strings.HasPrefix(p, "storage.") {
			return invalid("Invalid permission: %.80q", p)
		}
	}
	out := map[string]any{"kind": "storage#testIamPermissionsResponse"}
	if held := s.Policies.Test(r.Context(), resource(bucket), wanted); len(held) > 0 {
		out["permissions"] = held
	}
	writeBody(w, 200, out)
	return nil
}

// Constraints are the organization policies that buckets are held to.
type Constraints interface {
	Enforced(constraint string) bool
	Allows(constraint, value string) bool
}

func (s *Store) enforced(constraint string) bool {
	return s.Constraints != nil && s.Constraints.Enforced(constraint)
}

// held holds a bucket to the organization's policies.
func (s *Store) held(b *bucket) error {
	violated := func(constraint string) error {
		return &Error{412, "conditionNotMet", "'constraints/" + constraint + "' violated for '" + b.Name + "'. Contact your administrator for more information."}
	}
	if s.enforced("storage.uniformBucketLevelAccess") && !b.Settings.uniform() {
		return violated("storage.uniformBucketLevelAccess")
	}
	if s.Constraints != nil && !s.Constraints.Allows("gcp.resourceLocations", b.Location) {
		return &Error{412, "conditionNotMet", "'" + strings.ToLower(b.Location) + "' violates constraint 'constraints/gcp.resourceLocations'"}
	}
	return nil
}
