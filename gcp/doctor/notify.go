package doctor

import (
	"context"

	"github.com/gcpdeploy/gcpdeploy/gcp/project"
	"github.com/gcpdeploy/gcpdeploy/gcp/rights"
	"github.com/gcpdeploy/gcpdeploy/internal/doctor"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// told looks at the topics and secrets that refreshes are told through: whether they
// are there, and may be used by who asks. Whether builds may is one of setup's lines.
func (p Patient) told(ctx context.Context) (all []doctor.Finding) {
	at := " --project=" + p.Spec.Project
	for _, name := range p.Spec.Topics {
		all = append(all, p.usable(ctx, p.Cloud.Project.Topic(name), rights.Topic, "pubsub.topics.publish",
			"gcloud pubsub topics create "+name+at, "gcloud pubsub topics add-iam-policy-binding "+name+at))
	}
	for _, name := range p.Spec.WebhookSecrets {
		all = append(all, p.usable(ctx, p.Cloud.Project.Secret(name), rights.WebhookSecret, "secretmanager.versions.access",
			"gcloud secrets create "+name+at+" --data-file=FILE_WITH_THE_URL", "gcloud secrets add-iam-policy-binding "+name+at))
	}
	return all
}

func (p Patient) usable(ctx context.Context, what project.Resource, on rights.Resource, permission, create, grant string) doctor.Finding {
	has, err := p.Cloud.Project.Permitted(ctx, what, []string{permission})
	switch {
	case errs.KindOf(err) == errs.NotFound:
		return doctor.Finding{Mark: doctor.Fail, Text: "nobody can be told through " + what.Title + ": it is not there", Fix: create}
	case err != nil:
		return unseen(err)[0]
	case len(has) == 0:
		role := ""
		for _, r := range rights.Table() {
			if r.Who == rights.Person && r.On == on && r.Permission == permission {
				role = r.Role
			}
		}
		return doctor.Finding{Mark: doctor.Warn, Text: "you have no " + permission + " on " + what.Title + ", so a refresh of yours tells nobody", Fix: grant + " --role=" + role + " --member=" + p.member()}
	}
	return doctor.Well("refreshes are told through " + what.Title)[0]
}
