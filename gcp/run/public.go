package run

import (
	"context"
	"slices"

	"cloud.google.com/go/iam/apiv1/iampb"
	api "cloud.google.com/go/run/apiv2"

	"github.com/gcpdeploy/gcpdeploy/gcp"
)

const (
	everybody = "allUsers"
	invoker   = "roles/run.invoker"
)

// public brings the service's policy in line with who may call it. Merge has
// done it by turning the invoker check off or on; the policy matters where that
// was refused, and where an earlier grant would outlive "no". What fails is a
// warning: the release itself went well.
func (c *Client) public(ctx context.Context, d Desired, refused bool) []string {
	if d.AllowUnauthenticated == nil || *d.AllowUnauthenticated && !refused {
		return nil
	}
	err := c.retry(ctx, "setting who may call "+d.Service, func(ctx context.Context, r *api.ServicesClient) error {
		p, err := r.GetIamPolicy(ctx, &iampb.GetIamPolicyRequest{Resource: d.Name()}, gcp.Once)
		if err != nil || !grant(p, *d.AllowUnauthenticated) {
			return err
		}
		// The policy carries its etag: a change by somebody else in between is refused.
		_, err = r.SetIamPolicy(ctx, &iampb.SetIamPolicyRequest{Resource: d.Name(), Policy: p}, gcp.Once)
		return err
	})
	switch {
	case err == nil:
		return nil
	case *d.AllowUnauthenticated:
		return []string{"the service asks callers for credentials, for it could not be made public: " + err.Error()}
	}
	return []string{"could not look whether everybody may call the service: " + err.Error()}
}

// grant puts everybody among the invokers, or takes them out, and says whether
// that changed anything.
func grant(p *iampb.Policy, public bool) (changed bool) {
	found := false
	p.Bindings = slices.DeleteFunc(p.Bindings, func(b *iampb.Binding) bool {
		if b.GetRole() != invoker || b.GetCondition() != nil || !slices.Contains(b.GetMembers(), everybody) {
			return false
		}
		found = true
		if public {
			return false
		}
		b.Members = slices.DeleteFunc(b.Members, func(m string) bool { return m == everybody })
		return len(b.Members) == 0
	})
	if public && !found {
		p.Bindings = append(p.Bindings, &iampb.Binding{Role: invoker, Members: []string{everybody}})
	}
	return public != found
}
