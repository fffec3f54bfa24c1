package rights_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/gcp/rights"
	"github.com/gcpdeploy/gcpdeploy/internal/golden"
)

// has is what of their permissions the predefined roles have that matters here
// (cloud.google.com/iam/docs/roles-permissions, read 2026-11).
var has = map[string]string{
	"roles/cloudbuild.builds.viewer":             "cloudbuild.builds.get cloudbuild.builds.list",
	"roles/cloudbuild.builds.editor":             "cloudbuild.builds.create cloudbuild.builds.get cloudbuild.builds.list cloudbuild.builds.update",
	"roles/cloudbuild.connectionViewer":          "cloudbuild.connections.get cloudbuild.connections.list cloudbuild.repositories.fetchGitRefs cloudbuild.repositories.get cloudbuild.repositories.list",
	"roles/developerconnect.viewer":              "developerconnect.connections.get developerconnect.connections.list developerconnect.gitRepositoryLinks.get developerconnect.gitRepositoryLinks.list",
	"roles/iam.serviceAccountTokenCreator":       "iam.serviceAccounts.getAccessToken iam.serviceAccounts.getOpenIdToken",
	"roles/iam.serviceAccountUser":               "iam.serviceAccounts.actAs iam.serviceAccounts.get iam.serviceAccounts.list",
	"roles/serviceusage.serviceUsageConsumer":    "serviceusage.quotas.get serviceusage.services.get serviceusage.services.list serviceusage.services.use",
	"roles/storage.bucketViewer":                 "storage.buckets.get storage.buckets.list",
	"roles/storage.objectViewer":                 "storage.objects.get storage.objects.list",
	"roles/storage.objectCreator":                "storage.objects.create",
	"roles/storage.objectAdmin":                  "storage.objects.create storage.objects.delete storage.objects.get storage.objects.list storage.objects.update",
	"roles/storage.admin":                        "storage.buckets.create storage.buckets.delete storage.buckets.get storage.buckets.getIamPolicy storage.buckets.list storage.buckets.setIamPolicy storage.buckets.update storage.objects.create storage.objects.delete storage.objects.get storage.objects.list",
	"roles/artifactregistry.reader":              reader,
	"roles/artifactregistry.writer":              reader + writer,
	"roles/artifactregistry.repoAdmin":           reader + writer + " artifactregistry.repositories.deleteArtifacts artifactregistry.packages.delete artifactregistry.tags.delete artifactregistry.versions.delete",
	"roles/artifactregistry.admin":               reader + writer + " artifactregistry.repositories.create artifactregistry.repositories.delete artifactregistry.repositories.update artifactregistry.repositories.getIamPolicy artifactregistry.repositories.setIamPolicy",
	"roles/appengine.appCreator":                 "appengine.applications.create",
	"roles/monitoring.metricWriter":              "monitoring.timeSeries.create",
	"roles/appengine.appViewer":                  apps,
	"roles/appengine.deployer":                   apps + " appengine.versions.create appengine.versions.delete",
	"roles/appengine.serviceAdmin":               apps + " appengine.services.update appengine.services.delete appengine.versions.update appengine.versions.delete",
	"roles/run.viewer":                           runs,
	"roles/run.developer":                        runs + " run.services.create run.services.update run.services.delete run.revisions.delete run.executions.cancel run.jobs.create run.jobs.delete run.jobs.run run.jobs.update",
	"roles/run.admin":                            runs + " run.services.create run.services.update run.services.delete run.revisions.delete run.services.setIamPolicy run.routes.invoke",
	"roles/logging.viewer":                       "logging.logEntries.list logging.logs.list",
	"roles/logging.logWriter":                    "logging.logEntries.create",
	"roles/secretmanager.viewer":                 "secretmanager.secrets.get secretmanager.secrets.list secretmanager.versions.get secretmanager.versions.list",
	"roles/secretmanager.secretAccessor":         "secretmanager.versions.access",
	"roles/secretmanager.secretVersionManager":   "secretmanager.versions.add secretmanager.versions.destroy secretmanager.versions.disable secretmanager.versions.enable secretmanager.versions.get secretmanager.versions.list",
	"roles/iam.serviceAccountAdmin":              "iam.serviceAccounts.create iam.serviceAccounts.delete iam.serviceAccounts.enable iam.serviceAccounts.get iam.serviceAccounts.getIamPolicy iam.serviceAccounts.list iam.serviceAccounts.setIamPolicy",
	"roles/serviceusage.serviceUsageAdmin":       "serviceusage.services.enable serviceusage.services.disable serviceusage.services.get serviceusage.services.list serviceusage.services.use",
	"roles/resourcemanager.projectIamAdmin":      "resourcemanager.projects.get resourcemanager.projects.getIamPolicy resourcemanager.projects.setIamPolicy",
	"roles/cloudscheduler.viewer":                "cloudscheduler.jobs.get cloudscheduler.jobs.list",
	"roles/cloudscheduler.jobRunner":             "cloudscheduler.jobs.get cloudscheduler.jobs.list cloudscheduler.jobs.run",
	"roles/cloudscheduler.admin":                 "cloudscheduler.jobs.create cloudscheduler.jobs.delete cloudscheduler.jobs.enable cloudscheduler.jobs.get cloudscheduler.jobs.list cloudscheduler.jobs.pause cloudscheduler.jobs.run cloudscheduler.jobs.update",
	"roles/orgpolicy.policyViewer":               "orgpolicy.policy.get",
	"roles/secretmanager.admin":                  "secretmanager.secrets.create secretmanager.secrets.delete secretmanager.secrets.get secretmanager.versions.access secretmanager.versions.add secretmanager.versions.destroy secretmanager.versions.get",
	"roles/appengine.appAdmin":                   apps + " appengine.applications.update appengine.services.delete appengine.services.update appengine.versions.create appengine.versions.delete appengine.versions.update",
	"roles/run.invoker":                          "run.jobs.run run.routes.invoke",
	"roles/run.jobsExecutor":                     "run.executions.cancel run.jobs.run",
	"roles/pubsub.publisher":                     "pubsub.topics.publish",
	"roles/iam.serviceAccountOpenIdTokenCreator": "iam.serviceAccounts.getOpenIdToken",
}

const (
	reader = "artifactregistry.dockerimages.get artifactregistry.dockerimages.list artifactregistry.packages.get artifactregistry.packages.list artifactregistry.repositories.downloadArtifacts " +
		"artifactregistry.repositories.get artifactregistry.repositories.list artifactregistry.tags.get artifactregistry.tags.list artifactregistry.versions.get artifactregistry.versions.list"
	writer = " artifactregistry.repositories.uploadArtifacts artifactregistry.tags.create artifactregistry.tags.update"
	apps   = "appengine.applications.get appengine.instances.get appengine.instances.list appengine.operations.get appengine.operations.list appengine.services.get appengine.services.list " +
		"appengine.versions.get appengine.versions.list"
	runs = "run.executions.get run.jobs.get run.jobs.list run.tasks.list run.operations.get run.operations.list run.revisions.get run.revisions.list run.services.get run.services.getIamPolicy run.services.list"
)

func TestRolesCoverTheirPermissions(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, r := range rights.Table() {
		used[r.Role] = true
		if !slices.Contains(strings.Fields(has[r.Role]), r.Permission) {
			t.Errorf("%s: %s has no %s", r.Who, r.Role, r.Permission)
		}
	}
	for role := range has {
		if !used[role] {
			t.Errorf("nobody needs %s", role)
		}
	}
}

// TestNothingTwice: a right that is needed always is not said again for a case.
func TestNothingTwice(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range rights.Table() {
		for _, at := range []string{"", string(r.When)} {
			key := fmt.Sprint(r.Who, r.Permission, r.On, at)
			if seen[key] {
				t.Errorf("%s: %s on %s is there twice", r.Who, r.Permission, r.On)
			}
		}
		seen[fmt.Sprint(r.Who, r.Permission, r.On, r.When)] = true
	}
}

func TestGrants(t *testing.T) {
	t.Parallel()
	without := []string{"appengine.googleapis.com"}
	want := []rights.Grant{
		{Role: "roles/storage.objectViewer", On: rights.SourceBucket}, {Role: "roles/artifactregistry.writer", On: rights.Repository},
		{Role: "roles/run.developer", On: rights.Project}, {Role: "roles/iam.serviceAccountUser", On: rights.AppAccount},
		{Role: "roles/storage.objectAdmin", On: rights.LogsBucket},
	}
	if diff := cmp.Diff(want, rights.Grants(rights.Builds, rights.Cases{When: []rights.When{rights.NamedLogs}, Without: without})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	want = slices.Replace(want, 2, 3, rights.Grant{Role: "roles/appengine.deployer", On: rights.Project}, rights.Grant{Role: "roles/appengine.serviceAdmin", On: rights.Project})
	if diff := cmp.Diff(want, rights.Grants(rights.Builds, rights.Cases{When: []rights.When{rights.NamedLogs}, Without: []string{"run.googleapis.com"}})); diff != "" {
		t.Errorf("of the other target, -want +got:\n%s", diff)
	}
	if got := rights.Grants(rights.App, rights.Cases{Without: without}); got != nil {
		t.Errorf("an app without secrets gets %v", got)
	}
}

// TestPullRequestsSeeNothing: who runs a stranger's code has nothing to do with what
// serves, with secrets, and with other accounts.
func TestPullRequestsSeeNothing(t *testing.T) {
	t.Parallel()
	want := []rights.Grant{
		{Role: "roles/artifactregistry.writer", On: rights.Repository}, {Role: "roles/cloudbuild.builds.viewer", On: rights.Project},
		{Role: "roles/logging.logWriter", On: rights.Project},
	}
	if diff := cmp.Diff(want, rights.Grants(rights.PullRequests, rights.Cases{})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		who              rights.Identity
		permission, role string
	}{
		{rights.Person, "artifactregistry.tags.get", "roles/artifactregistry.reader"},
		{rights.Builds, "artifactregistry.tags.get", "roles/artifactregistry.writer"},
		{rights.Person, "iam.serviceaccounts.actas", "roles/iam.serviceAccountUser"}, // as Cloud Build writes it
		{rights.Person, "run.services.create", "roles/run.developer"},                // the builds'
		{rights.Person, "compute.instances.create", ""},
	} {
		if r, ok := rights.Find(tt.who, tt.permission); r.Role != tt.role || ok != (tt.role != "") {
			t.Errorf("Find(%s, %s) = %q, %v, want %q", tt.who, tt.permission, r.Role, ok, tt.role)
		}
	}
}

// TestDocs: docs/rights.md is the table.
func TestDocs(t *testing.T) {
	t.Parallel()
	b := &strings.Builder{}
	b.WriteString(`# Rights

Who needs which permission, for what, and the least predefined role that gives it. "worker" is the machine that a build runs on, and
"service" what is deployed. A permission in brackets may lack: then something is not told or not tidied, and nothing fails.

`)
	for _, who := range []rights.Identity{rights.Person, rights.Builds, rights.App, rights.Scheduler, rights.PullRequests} {
		fmt.Fprintf(b, "## %s\n\n| permission | role | on | when | for |\n|---|---|---|---|---|\n", who)
		for _, r := range rights.Table() {
			if r.Who != who {
				continue
			}
			permission, when := "`"+r.Permission+"`", string(r.When)
			if r.Optional {
				permission = "(" + permission + ")"
			}
			if when == "" {
				when = "always"
			}
			fmt.Fprintf(b, "| %s | `%s` | %s | %s | %s |\n", permission, r.Role, r.On, when, strings.Join(r.Calls, ", "))
		}
		b.WriteString("\n")
	}
	golden.Equal(t, []byte(strings.TrimSuffix(b.String(), "\n")), "../../docs/rights.md")
}
