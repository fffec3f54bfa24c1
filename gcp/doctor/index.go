package doctor

import (
	"context"

	"github.com/gcpdeploy/gcpdeploy/gcp/setup"
	"github.com/gcpdeploy/gcpdeploy/internal/doctor"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// indexes looks at the repositories of Artifact Registry that packages come from:
// whether they are there, and whether who asks may read them. Whether builds may is
// one of setup's lines for those of the project, and is asked here for others'.
func (p Patient) indexes(ctx context.Context) (all []doctor.Finding) {
	const permission, role = "artifactregistry.repositories.downloadArtifacts", "--role=roles/artifactregistry.reader"
	for _, i := range p.Spec.Indexes {
		on := i.Resource()
		grant := func(member string) string {
			return setup.Line(append([]string{"gcloud"}, append(i.Grant(), role, "--member="+member)...)...)
		}
		has, err := p.Cloud.Project.Permitted(ctx, on, []string{permission})
		switch {
		case errs.KindOf(err) == errs.NotFound:
			all = append(all, doctor.Finding{Mark: doctor.Fail, Text: on.Title + " is not there, and packages are to come from it",
				Fix: setup.Line("gcloud", "artifacts", "repositories", "create", i.Repository, "--project="+i.Project, "--location="+i.Location, "--repository-format=python")})
			continue
		case err != nil:
			all = append(all, unseen(err)...)
			continue
		case len(has) == 0:
			all = append(all, doctor.Finding{Mark: doctor.Warn, Text: "you have no " + permission + " on " + on.Title, Fix: grant(p.member())})
		default:
			all = append(all, doctor.Well("packages come from "+on.Title)...)
		}
		if i.Project == p.Spec.Project {
			continue
		}
		policy, err := p.Cloud.Project.Policy(ctx, on)
		switch member := "serviceAccount:" + p.Spec.Builds; {
		case err != nil:
			all = append(all, doctor.Finding{Mark: doctor.Warn, Text: "it cannot be seen whether builds may read " + on.Title + " of " + i.Project, Fix: grant(member)})
		case !policy.Names(member):
			all = append(all, doctor.Finding{Mark: doctor.Warn, Text: "no role on " + on.Title + " of " + i.Project + " is the builds' account's", Fix: grant(member)})
		}
	}
	return all
}
