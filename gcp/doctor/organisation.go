package doctor

import (
	"context"
	"strings"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/project"
	"github.com/gcpdeploy/gcpdeploy/internal/doctor"
)

// constraint is an organisation policy that is known to be in the way.
type constraint struct {
	name string
	// bites says what of it is in the way, "" where nothing is.
	bites func(Patient, project.Rules) string
}

var constraints = []constraint{
	{"iam.allowedPolicyMemberDomains", func(p Patient, r project.Rules) string {
		if p.Public && (r.DenyAll || len(r.Allowed) > 0) {
			return "only members of some organisations may be given roles: the app cannot be made public by a role for everybody"
		}
		return ""
	}},
	{"gcp.resourceLocations", func(p Patient, r project.Rules) string {
		if r.DenyAll || len(r.Allowed) > 0 && !within(p.Spec.Region, r.Allowed) || within(p.Spec.Region, r.Denied) {
			return "resources are allowed in " + strings.Join(r.Allowed, ", ") + ", which does not seem to have " + p.Spec.Region
		}
		return ""
	}},
	{"cloudbuild.disableCreateDefaultServiceAccount", func(p Patient, r project.Rules) string {
		if r.Enforced && !p.Named {
			return "builds have no account by default, and build.service_account names none"
		}
		return ""
	}},
	{"iam.disableServiceAccountCreation", func(p Patient, r project.Rules) string {
		if r.Enforced && lacksAccount(p) {
			return "service accounts cannot be made: name ones that are there as build.service_account and that of the app; an application, which is made with one, cannot be made either"
		}
		return ""
	}},
	// Buckets of ours are as these two want them; one of somebody's own may not be.
	{"storage.uniformBucketLevelAccess", compatible},
	{"storage.publicAccessPrevention", compatible},
}

func compatible(Patient, project.Rules) string { return "" }

func lacksAccount(p Patient) bool {
	for _, s := range p.Steps() {
		if (s.Kind() == "service_account" || s.Kind() == "application") && s.Err == nil && s.Lacks() {
			return true
		}
	}
	return false
}

// within says whether a region is among the values of a location policy, which
// are regions, and groups of them as in:europe-west1-locations or in:eu-locations.
func within(region string, values []string) bool {
	area, _, _ := strings.Cut(region, "-")
	for _, v := range values {
		v = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(v, "in:"), "is:"), "-locations")
		if v == region || v == area || v == "eu" && area == "europe" {
			return true
		}
	}
	return false
}

func (p Patient) constraint(ctx context.Context, c constraint) []doctor.Finding {
	rules, err := p.Cloud.Project.Constraint(ctx, c.name)
	switch {
	case gcp.Code(err) == codes.NotFound:
		return doctor.Well(c.name + " is not in force")
	case err != nil:
		f := unseen(err)
		f[0].Text = c.name + " cannot be seen: " + f[0].Text
		return f
	}
	if text := c.bites(p, rules); text != "" {
		return []doctor.Finding{{Mark: doctor.Warn, Text: c.name + ": " + text,
			Fix: "gcloud org-policies describe " + c.name + " --effective --project=" + p.Spec.Project}}
	}
	return doctor.Well(c.name + " is not in the way")
}
