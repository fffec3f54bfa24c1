package rights_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/genproto/googleapis/type/expr"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/rights"
)

func bind(role string, members ...string) *iampb.Binding {
	return &iampb.Binding{Role: role, Members: members}
}

func set(resource string, bindings ...*iampb.Binding) *iampb.SetIamPolicyRequest {
	return &iampb.SetIamPolicyRequest{Resource: resource, Policy: &iampb.Policy{Bindings: bindings}}
}

func TestSet(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := rights.Open(dir, frame.Projects{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	const at = "projects/p/secrets/s"
	if p := s.Get(at); string(p.GetEtag()) != "\x00 \x01" || len(p.GetBindings()) != 0 {
		t.Errorf("never set: %v", p)
	}
	req := set(at, bind("roles/viewer", "user:b@x.dev", "user:a@x.dev"), bind("roles/browser", "allUsers"), bind("roles/viewer", "user:a@x.dev"))
	req.Policy.Etag = s.Get(at).GetEtag()
	p, err := s.Set(req)
	if err != nil || len(p.GetBindings()) != 2 || p.GetBindings()[0].GetRole() != "roles/browser" || strings.Join(p.GetBindings()[1].GetMembers(), " ") != "user:a@x.dev user:b@x.dev" {
		t.Fatalf("%v, %v", p, err)
	}
	if _, err := s.Set(req); status.Code(err) != codes.Aborted {
		t.Errorf("a stale policy: %v", err)
	}
	again, err := rights.Open(dir, frame.Projects{}, slog.New(slog.DiscardHandler))
	if err != nil || again.Get(at).String() != p.String() {
		t.Errorf("after a restart %v, %v", again.Get(at), err)
	}
	if err := s.Forget(at); err != nil || len(s.Get(at).GetBindings()) != 0 {
		t.Errorf("after its end: %v, %v", s.Get(at), err)
	}
}

func TestSetRefuses(t *testing.T) {
	t.Parallel()
	s := rights.Memory()
	conditional := bind("roles/viewer", "user:a@x.dev")
	conditional.Condition = &expr.Expr{Expression: "true"}
	for name, tt := range map[string]struct {
		binding *iampb.Binding
		want    codes.Code
	}{
		"no role":           {bind("", "allUsers"), codes.InvalidArgument},
		"no member":         {bind("roles/viewer"), codes.InvalidArgument},
		"a slip":            {bind("roles/run.develper", "allUsers"), codes.InvalidArgument},
		"no form":           {bind("viewer", "allUsers"), codes.InvalidArgument},
		"a bare address":    {bind("roles/viewer", "a@x.dev"), codes.InvalidArgument},
		"a bucket's":        {bind("roles/viewer", "projectOwner:p"), codes.InvalidArgument},
		"a condition":       {conditional, codes.Unimplemented},
		"of other services": {bind("roles/cloudsql.client", "user:a@x.dev"), codes.OK},
	} {
		if _, err := s.Set(set("projects/p", tt.binding)); status.Code(err) != tt.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHas(t *testing.T) {
	t.Parallel()
	s := rights.Memory()
	for _, req := range []*iampb.SetIamPolicyRequest{
		set("projects/p", bind("roles/run.viewer", "user:ada@x.dev"), bind("roles/viewer", "domain:x.dev"), bind("roles/owner", "user:own@x.dev")),
		set("projects/p/secrets/s", bind("roles/secretmanager.secretAccessor", "serviceAccount:app@p.iam.gserviceaccount.com")),
	} {
		if _, err := s.Set(req); err != nil {
			t.Fatal(err)
		}
	}
	s.Adopt("projects/_/buckets/b", "projects/p")
	for _, tt := range []struct {
		member, permission, resource string
		want                         bool
	}{
		{"user:ada@x.dev", "run.services.get", "projects/p/locations/l/services/x", true},
		{"user:ada@x.dev", "run.services.update", "projects/p/locations/l/services/x", false},
		{"user:ada@x.dev", "run.services.get", "projects/other/locations/l/services/x", false},
		{"user:eve@y.dev", "run.services.get", "projects/p", false},
		{"user:bob@x.dev", "artifactregistry.repositories.get", "projects/p/locations/l/repositories/r", true},
		{"serviceAccount:app@p.iam.gserviceaccount.com", "secretmanager.versions.access", "projects/p/secrets/s/versions/1", true},
		{"serviceAccount:app@p.iam.gserviceaccount.com", "secretmanager.versions.access", "projects/p/secrets/t/versions/1", false},
		{"user:own@x.dev", "storage.objects.get", "projects/_/buckets/b", true},
		{"user:bob@x.dev", "storage.objects.create", "projects/_/buckets/b", false},
	} {
		if got := s.Has(tt.member, tt.permission, tt.resource); got != tt.want {
			t.Errorf("%s %s on %s: %v", tt.member, tt.permission, tt.resource, got)
		}
	}
	all := []string{"run.services.get", "run.services.update"}
	if got := s.Test(frame.WithCaller(context.Background(), "user:ada@x.dev"), "projects/p", all); len(got) != 1 {
		t.Errorf("ada has %q", got)
	}
	if got := s.Test(t.Context(), "projects/p", all); len(got) != 2 {
		t.Errorf("the owner has %q", got)
	}
}
