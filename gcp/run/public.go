package run

import (
	"context"
	"slices"
	"strings"

	"cloud.google.com/go/iam/apiv1/iampb"
	api "cloud.google.com/go/run/apiv2"
	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

const (
	everybody = "allUsers"
	invoker   = "roles/run.invoker"
)

// byPolicy says whether everybody was to be let in by the service's policy: by choice, or
// because the check could not be turned off.
func byPolicy(s *runpb.Service) bool {
	return s.GetAnnotations()[publicKey] != "" && !s.GetInvokerIamDisabled()
}

// callers is what came of saying who may call a service.
type callers struct {
	private bool   // not everybody
	closed  string // why, although everybody was to
	warning string
}

// public brings the service's policy in line with who may call it. Merge has
// done it by turning the invoker check off or on; the policy matters where that
// was refused or not wanted, and where an earlier grant would outlive "no". What fails is no
// error: the release itself went well.
func (c *Client) public(ctx context.Context, d Desired, refused bool) callers {
	switch want := d.AllowUnauthenticated; {
	case want == nil:
		return callers{private: c.private(ctx, d.Spec)}
	case !*want:
		if err := c.admit(ctx, d.Spec, false); err != nil {
			return callers{warning: "could not look whether everybody may call the service: " + err.Error()}
		}
		return callers{private: true}
	case refused, d.byPolicy():
		if err := c.admit(ctx, d.Spec, true); err != nil {
			return callers{private: true, closed: err.Error()}
		}
	}
	return callers{}
}

// admit puts everybody among the invokers in a service's policy, or takes them out.
func (c *Client) admit(ctx context.Context, s release.Spec, public bool) error {
	resource := name(s.Project, s.Region, s.Service)
	return c.retry(ctx, "setting who may call "+s.Service, func(ctx context.Context, r *api.ServicesClient) error {
		p, err := r.GetIamPolicy(ctx, &iampb.GetIamPolicyRequest{Resource: resource}, gcp.Once)
		if err != nil || !grant(p, public) {
			return err
		}
		// The policy carries its etag: a change by somebody else in between is refused.
		_, err = r.SetIamPolicy(ctx, &iampb.SetIamPolicyRequest{Resource: resource, Policy: p}, gcp.Once)
		return err
	})
}

// private says whether a service's policy lets not everybody call it. Where that may
// not be read it is not known, and so not said.
func (c *Client) private(ctx context.Context, s release.Spec) (private bool) {
	err := c.retry(ctx, "reading who may call "+s.Service, func(ctx context.Context, r *api.ServicesClient) error {
		p, err := r.GetIamPolicy(ctx, &iampb.GetIamPolicyRequest{Resource: name(s.Project, s.Region, s.Service)}, gcp.Once)
		private = err == nil && grant(p, true) // it would change something
		return err
	})
	return err == nil && private
}

// Admit lets everybody call the service: by its policy, or where an organization's
// policy forbids everybody there, by turning the check off.
func (t Target) Admit(ctx context.Context, s release.Spec) error {
	err := t.client.admit(ctx, s, true)
	if gcp.Code(err) != codes.FailedPrecondition {
		return hinted(err, s)
	}
	doing := "letting everybody call " + s.Service
	operation, err := t.client.Update(ctx, s, doing, func(observed *runpb.Service) (*runpb.Service, error) {
		if observed == nil || observed.GetInvokerIamDisabled() {
			return nil, nil
		}
		open := Input(observed)
		open.InvokerIamDisabled = true
		delete(open.Annotations, publicKey)
		return open, nil
	})
	if err != nil || operation == "" {
		return hinted(err, s)
	}
	op, err := t.client.follow(ctx, operation, doing, nil)
	if err == nil {
		err = gcp.Error(gcp.Failed(op), doing)
	}
	return hinted(err, s)
}

// hinted says how somebody lets everybody call a service who may.
func hinted(err error, s release.Spec) error {
	if err == nil {
		return nil
	}
	return errs.New(errs.KindOf(err), "Have somebody who may run `gcloud run services add-iam-policy-binding "+s.Service+" --member=allUsers --role="+invoker+
		" --region="+s.Region+" --project="+s.Project+"`.", "%w", err)
}

// Authorization is an identity token for the service, in a header that leaves the
// app one of its own.
func (t Target) Authorization(ctx context.Context, url string) (release.Header, error) {
	token, err := t.client.access.IDToken(ctx, strings.TrimSuffix(url, "/"))
	return release.Header{Name: "X-Serverless-Authorization", Value: "Bearer " + token}, err
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
