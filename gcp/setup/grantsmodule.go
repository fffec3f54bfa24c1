package setup

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp/rights"
)

// Terraform implements Resource. A secret that deploys make need not be there when
// Terraform looks.
func (g grants) Terraform() string {
	s := g.spec
	if g.kept() {
		return ""
	}
	var b strings.Builder
	for n, grant := range g.grants {
		kind, at := "google_project_iam_member", []string{"project = " + HCL(s.Project)}
		switch g.on {
		case rights.Repository:
			kind = "google_artifact_registry_repository_iam_member"
			at = append(at, "location = "+HCL(s.Region), "repository = google_artifact_registry_repository.gcpdeploy.name")
		case rights.SourceBucket, rights.LogsBucket:
			kind, at = "google_storage_bucket_iam_member", []string{"bucket = google_storage_bucket." + labels[g.on] + ".name"}
		case rights.BuildsAccount:
			kind, at = "google_service_account_iam_member", []string{"service_account_id = " + HCL(accountName(s.Project, s.Builds))}
		case rights.Secret:
			kind, at = "google_secret_manager_secret_iam_member", []string{"project = " + HCL(s.Project), "secret_id = " + HCL(g.name)}
		case rights.PythonRepository:
			kind = "google_artifact_registry_repository_iam_member"
			at = append(at, "location = "+HCL(g.index.Location), "repository = "+HCL(g.index.Repository))
		case rights.Topic:
			kind, at = "google_pubsub_topic_iam_member", []string{"project = " + HCL(s.Project), "topic = " + HCL(g.name)}
		case rights.AppAccount:
			kind, at = "google_service_account_iam_member", []string{"service_account_id = " + HCL(accountName(s.Project, s.App))}
		case rights.PullsAccount:
			kind, at = "google_service_account_iam_member", []string{"service_account_id = " + HCL(accountName(s.Project, s.PullRequests))}
		}
		b.WriteString(Block(fmt.Sprintf("resource %q %q", kind, fmt.Sprintf("%s_%d", labels[g.on]+notLabel.ReplaceAllString(g.name, "_"), n+1)),
			append(at, "role = "+HCL(grant.Role), "member = "+HCL(grant.Member), "depends_on = ["+strings.Join(accountsIn(s), ", ")+"]")...))
	}
	return b.String()
}

// notLabel is what no name in Terraform's module may have.
var notLabel = regexp.MustCompile(`[^A-Za-z0-9_-]`)

// labels name resources in Terraform's module.
var labels = map[rights.Resource]string{
	rights.Project: "project", rights.Repository: "repository", rights.SourceBucket: "source", rights.LogsBucket: "logs",
	rights.Secret: "secret_", rights.Topic: "topic_", rights.PythonRepository: "index_", rights.BuildsAccount: "builds_account", rights.AppAccount: "app_account",
	rights.PullsAccount: "pull_requests_account",
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
