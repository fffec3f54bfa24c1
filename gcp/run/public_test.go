package run_test

import (
	"slices"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/run"
)

func TestPublic(t *testing.T) {
	t.Parallel()
	everybody := func(role string) *iampb.Policy {
		return &iampb.Policy{Bindings: []*iampb.Binding{{Role: role, Members: []string{"user:a", "allUsers"}}}}
	}
	for _, tt := range []struct {
		name     string
		want     *bool
		nobodyIs bool
		policy   *iampb.Policy
		fail     string // a call that is refused
		disabled bool
		members  []string // of run.invoker afterwards
		warns    bool
	}{
		{name: "not asked", want: nil, policy: everybody("roles/run.invoker"), members: []string{"user:a", "allUsers"}},
		{name: "yes", want: &yes, disabled: true},
		{name: "yes, by policy", want: &yes, nobodyIs: true, members: []string{"allUsers"}},
		{name: "yes, by policy, was so", want: &yes, nobodyIs: true, policy: everybody("roles/run.invoker"), fail: "setIam", members: []string{"user:a", "allUsers"}},
		{name: "yes, refused", want: &yes, nobodyIs: true, fail: "setIam", warns: true},
		{name: "no", want: &no},
		{name: "no, was granted", want: &no, policy: everybody("roles/run.invoker"), members: []string{"user:a"}},
		{name: "no, another role", want: &no, policy: everybody("roles/run.viewer")},
		{name: "no, may not look", want: &no, fail: "getIam", warns: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &cloudRun{nobodyIs: tt.nobodyIs, policy: tt.policy, before: func(call string) error {
				if call == tt.fail {
					return status.Error(codes.PermissionDenied, "no")
				}
				return nil
			}}
			c := connect(t, s)
			d := desired()
			d.AllowUnauthenticated = tt.want
			r, err := c.Deploy(t.Context(), d, nil)
			if err != nil {
				t.Fatal(err)
			}
			if (r.Warning != "") != tt.warns {
				t.Errorf("warning %q", r.Warning)
			}
			if s.service.GetInvokerIamDisabled() != tt.disabled {
				t.Errorf("invoker check off: %v", s.service.GetInvokerIamDisabled())
			}
			var members []string
			for _, b := range s.policy.GetBindings() {
				if b.GetRole() == "roles/run.invoker" {
					members = append(members, b.GetMembers()...)
				}
			}
			if !slices.Equal(members, tt.members) {
				t.Errorf("invokers %q, want %q", members, tt.members)
			}
			if !run.Same(s.service, run.Merge(s.service, d)) {
				t.Error("there is still something to do")
			}
		})
	}
}
