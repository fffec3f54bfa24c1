package doctor

import (
	"context"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/project"
	"github.com/gcpdeploy/gcpdeploy/internal/doctor"
)

// agent looks whether the account by which the target acts in the project has its role:
// Google gives it where the API is enabled, and cleaning up takes it away.
func (p Patient) agent(ctx context.Context) []doctor.Finding {
	if p.Agent == nil {
		return nil
	}
	info, err := p.Cloud.Project.Info(ctx)
	if err != nil {
		return nil // which has a line
	}
	email := "service-" + info.Number + "@" + p.Agent.Domain + ".iam.gserviceaccount.com"
	grant := project.Grant{Role: p.Agent.Role, Member: "serviceAccount:" + email}
	switch policy, err := p.Cloud.Project.Policy(ctx, p.Cloud.Project.Itself()); {
	case gcp.Disabled(err) != "":
		return nil // the API has a line
	case err != nil:
		return unseen(err)
	case !policy.Has(grant):
		return []doctor.Finding{{Mark: doctor.Fail, Text: email + " has no " + grant.Role + ": releases fail, with an internal error at best",
			Fix: "gcloud projects add-iam-policy-binding " + p.Spec.Project + " --condition=None --role=" + grant.Role + " --member=" + grant.Member}}
	}
	return doctor.Well(email + " has its role")
}
