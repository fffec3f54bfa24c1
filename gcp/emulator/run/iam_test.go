package run_test

import (
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"
	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/run"
)

func TestPolicy(t *testing.T) {
	t.Parallel()
	e := start(t, run.Config{})
	_, _ = e.create("hello", service(&runpb.Container{Image: image}))
	name := parent + "/services/hello"
	p, err := e.services.GetIamPolicy(t.Context(), &iampb.GetIamPolicyRequest{Resource: name})
	if err != nil || len(p.GetEtag()) == 0 {
		t.Fatalf("%v, %v", p, err)
	}
	p.Bindings = []*iampb.Binding{{Role: "roles/run.invoker", Members: []string{"allUsers"}}}
	q, err := e.services.SetIamPolicy(t.Context(), &iampb.SetIamPolicyRequest{Resource: name, Policy: p})
	if err != nil || string(q.GetEtag()) == string(p.GetEtag()) {
		t.Fatalf("%v, %v", q, err)
	}
	if _, err = e.services.SetIamPolicy(t.Context(), &iampb.SetIamPolicyRequest{Resource: name, Policy: p}); status.Code(err) != codes.Aborted {
		t.Errorf("stale policy: %v", err)
	}
	r, err := e.services.TestIamPermissions(t.Context(), &iampb.TestIamPermissionsRequest{Resource: name, Permissions: []string{"run.services.get"}})
	if err != nil || len(r.GetPermissions()) != 1 {
		t.Errorf("%v, %v", r, err)
	}
}
