package setup

import (
	"slices"

	"github.com/gcpdeploy/gcpdeploy/gcp/rights"
)

// Commands implements Resource. To grant what is granted does nothing.
func (g grants) Commands(State) (lines []string) {
	on, s := []string{"gcloud"}, g.spec
	switch g.on {
	case rights.Repository:
		on = append(on, "artifacts", "repositories", "add-iam-policy-binding", s.Repository, "--project="+s.Project, "--location="+s.Region)
	case rights.SourceBucket:
		on = append(on, "storage", "buckets", "add-iam-policy-binding", "gs://"+s.SourceBucket)
	case rights.LogsBucket:
		on = append(on, "storage", "buckets", "add-iam-policy-binding", "gs://"+s.LogsBucket)
	case rights.BuildsAccount:
		on = append(on, "iam", "service-accounts", "add-iam-policy-binding", s.Builds, "--project="+s.Project)
	case rights.AppAccount:
		on = append(on, "iam", "service-accounts", "add-iam-policy-binding", s.App, "--project="+s.Project)
	case rights.PullsAccount:
		on = append(on, "iam", "service-accounts", "add-iam-policy-binding", s.PullRequests, "--project="+s.Project)
	case rights.PythonRepository:
		on = append(on, g.index.Grant()...)
	case rights.Topic:
		on = append(on, "pubsub", "topics", "add-iam-policy-binding", g.name, "--project="+s.Project)
	case rights.Secret:
		on = append(on, "secrets", "add-iam-policy-binding", g.name, "--project="+s.Project)
	default:
		on = append(on, "projects", "add-iam-policy-binding", s.Project)
	}
	for _, grant := range g.grants {
		words := append(slices.Clone(on), "--member="+grant.Member, "--role="+grant.Role)
		switch g.on {
		case rights.Project, rights.BuildsAccount, rights.AppAccount, rights.PullsAccount:
			words = append(words, "--condition=None") // or it asks, where others have one
		}
		lines = append(lines, Line(words...)+" >/dev/null")
	}
	return lines
}
