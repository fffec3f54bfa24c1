package setup

import (
	"fmt"
	"slices"
	"strings"

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
	case rights.Secret:
		on = append(on, "secrets", "add-iam-policy-binding", g.secret, "--project="+s.Project)
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

// Terraform implements Resource. A secret that deploys make need not be there when
// Terraform looks.
func (g grants) Terraform() string {
	s := g.spec
	if g.kept() {
		return ""
	}
	var b strings.Builder
	for n, grant := range g.grants {
		kind, at := "google_project_iam_member", []string{"project = " + hcl(s.Project)}
		switch g.on {
		case rights.Repository:
			kind = "google_artifact_registry_repository_iam_member"
			at = append(at, "location = "+hcl(s.Region), "repository = google_artifact_registry_repository.gcpdeploy.name")
		case rights.SourceBucket, rights.LogsBucket:
			kind, at = "google_storage_bucket_iam_member", []string{"bucket = google_storage_bucket." + labels[g.on] + ".name"}
		case rights.BuildsAccount:
			kind, at = "google_service_account_iam_member", []string{"service_account_id = " + hcl(accountName(s.Project, s.Builds))}
		case rights.Secret:
			kind, at = "google_secret_manager_secret_iam_member", []string{"project = " + hcl(s.Project), "secret_id = " + hcl(g.secret)}
		case rights.AppAccount:
			kind, at = "google_service_account_iam_member", []string{"service_account_id = " + hcl(accountName(s.Project, s.App))}
		case rights.PullsAccount:
			kind, at = "google_service_account_iam_member", []string{"service_account_id = " + hcl(accountName(s.Project, s.PullRequests))}
		}
		b.WriteString(block(fmt.Sprintf("resource %q %q", kind, fmt.Sprintf("%s_%d", labels[g.on]+g.secret, n+1)),
			append(at, "role = "+hcl(grant.Role), "member = "+hcl(grant.Member), "depends_on = ["+strings.Join(accountsIn(s), ", ")+"]")...))
	}
	return b.String()
}

// labels name resources in Terraform's module.
var labels = map[rights.Resource]string{
	rights.Project: "project", rights.Repository: "repository", rights.SourceBucket: "source", rights.LogsBucket: "logs",
	rights.Secret: "secret_", rights.BuildsAccount: "builds_account", rights.AppAccount: "app_account", rights.PullsAccount: "pull_requests_account",
}

func accountName(project, email string) string {
	return "projects/" + project + "/serviceAccounts/" + email
}

// accountsIn are the accounts that Terraform's module makes.
func accountsIn(s Spec) (all []string) {
	for _, a := range accounts(Cloud{}, s) {
		if a.own() {
			all = append(all, "google_service_account."+a.label)
		}
	}
	return all
}
