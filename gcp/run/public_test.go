package run_test

import (
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

func TestPublic(t *testing.T) {
	t.Parallel()
	everybody := func(role string) *iampb.Policy {
		return &iampb.Policy{Bindings: []*iampb.Binding{{Role: role, Members: []string{"user:a", "allUsers"}}}}
	}
	for _, tt := range []struct {
		name     string
		want     *bool
		check    *bool // is the policy asked
		nobodyIs bool
		policy   *iampb.Policy
		fail     string // a call that is refused
		disabled bool
		members  []string // of run.invoker afterwards
		warns    bool
		private  bool // as far as is known
		closed   bool
	}{
		{name: "not asked", want: nil, policy: everybody("roles/run.invoker"), members: []string{"user:a", "allUsers"}},
		{name: "yes", want: &yes, disabled: true},
		{name: "yes, by policy", want: &yes, nobodyIs: true, members: []string{"allUsers"}},
		{name: "yes, by policy, was so", want: &yes, nobodyIs: true, policy: everybody("roles/run.invoker"), fail: "setIam", members: []string{"user:a", "allUsers"}},
		{name: "yes, refused", want: &yes, nobodyIs: true, fail: "setIam", private: true, closed: true},
		{name: "yes, by policy, as wanted", want: &yes, check: &yes, members: []string{"allUsers"}},
		{name: "yes, by policy, as wanted, refused", want: &yes, check: &yes, fail: "setIam", private: true, closed: true},
		{name: "without asking", check: &no, disabled: true},
		{name: "no", want: &no, private: true},
		{name: "no, was granted", want: &no, policy: everybody("roles/run.invoker"), members: []string{"user:a"}, private: true},
		{name: "no, another role", want: &no, policy: everybody("roles/run.viewer"), private: true},
		{name: "not asked, nobody", want: nil, private: true},
		{name: "not asked, may not look", want: nil, fail: "getIam"},
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
			d.AllowUnauthenticated, d.InvokerIAMCheck = tt.want, tt.check
			r, err := c.Deploy(t.Context(), d, nil)
			if err != nil {
				t.Fatal(err)
			}
			if (r.Warning != "") != tt.warns {
				t.Errorf("warning %q", r.Warning)
			}
			if r.Private != tt.private || (r.Closed != "") != tt.closed {
				t.Errorf("private %v, closed %q", r.Private, r.Closed)
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

// TestAdmit: whoever may lets everybody call the service, by its policy or else by
// turning the check off; who may not is told what to ask for.
func TestAdmit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		refuses  codes.Code // of the policy
		nobodyIs bool
		disabled bool
		members  []string
		hint     string
	}{
		{name: "by policy", members: []string{"allUsers"}},
		{name: "forbidden by the organization", refuses: codes.FailedPrecondition, disabled: true},
		{name: "forbidden both ways", refuses: codes.FailedPrecondition, nobodyIs: true, hint: "--member=allUsers --role=roles/run.invoker"},
		{name: "may not", refuses: codes.PermissionDenied, hint: "gcloud run services add-iam-policy-binding hello"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &cloudRun{before: func(call string) error {
				if call == "setIam" && tt.refuses != codes.OK {
					return status.Error(tt.refuses, "no")
				}
				return nil
			}}
			a := access(t, s)
			c, target := run.New(a), run.NewTarget(a)
			d := desired()
			if _, err := c.Deploy(t.Context(), d, nil); err != nil {
				t.Fatal(err)
			}
			s.nobodyIs = tt.nobodyIs
			err := target.Admit(t.Context(), d.Spec)
			if (err != nil) != (tt.hint != "") || !strings.Contains(errs.HintOf(err), tt.hint) {
				t.Errorf("%v (%s), want %q", err, errs.HintOf(err), tt.hint)
			}
			var members []string
			for _, b := range s.policy.GetBindings() {
				members = append(members, b.GetMembers()...)
			}
			if s.service.GetInvokerIamDisabled() != tt.disabled || !slices.Equal(members, tt.members) {
				t.Errorf("check off %v, members %q", s.service.GetInvokerIamDisabled(), members)
			}
		})
	}
}

// TestStillClosed: a service that the builds' account could not open is seen to be so
// by the next run, which may be of somebody who can.
func TestStillClosed(t *testing.T) {
	t.Parallel()
	refuse := "setIam"
	s := &cloudRun{nobodyIs: true, before: func(call string) error {
		if call == refuse {
			return status.Error(codes.PermissionDenied, "no")
		}
		return nil
	}}
	a := access(t, s)
	target := run.NewTarget(a)
	d := desired()
	d.AllowUnauthenticated = &yes
	(&run.Settings{Port: d.Port, Env: d.Env, Options: d.Options}).Fill(&d.Spec, &config.Config{})
	if r, err := run.New(a).Deploy(t.Context(), d, nil); err != nil || r.Closed == "" {
		t.Fatalf("%+v, %v", r, err)
	}
	closed := func() string {
		t.Helper()
		now, _, err := target.Observe(t.Context(), d.Spec)
		if err != nil {
			t.Fatal(err)
		}
		return now.Closed
	}
	if closed() == "" {
		t.Error("nobody sees that it is private")
	}
	refuse = ""
	if err := target.Admit(t.Context(), d.Spec); err != nil {
		t.Error(err)
	}
	if why := closed(); why != "" {
		t.Errorf("once everybody may call it: %s", why)
	}
}
