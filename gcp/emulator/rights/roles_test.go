package rights_test

import (
	"slices"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/rights"
)

// TestRolesDoWhatTheyAreFor: who needs what, as the least roles of each actor are
// documented, in this test's own words.
func TestRolesDoWhatTheyAreFor(t *testing.T) {
	t.Parallel()
	for role, want := range map[string]struct{ can, cannot []string }{
		// The person who runs `up`.
		"roles/cloudbuild.builds.editor": {
			[]string{"cloudbuild.builds.create", "cloudbuild.builds.get", "cloudbuild.builds.list", "cloudbuild.builds.update"},
			[]string{"iam.serviceAccounts.actAs", "storage.objects.create", "logging.logEntries.list", "cloudbuild.builds.approve"},
		},
		"roles/serviceusage.serviceUsageConsumer": {[]string{"serviceusage.services.use", "serviceusage.services.get"}, []string{"serviceusage.services.enable"}},
		"roles/artifactregistry.reader": {
			[]string{"artifactregistry.repositories.downloadArtifacts", "artifactregistry.tags.get"},
			[]string{"artifactregistry.repositories.uploadArtifacts", "artifactregistry.tags.update"},
		},
		"roles/run.viewer":             {[]string{"run.services.get", "run.revisions.list", "run.services.getIamPolicy"}, []string{"run.services.update", "run.routes.invoke"}},
		"roles/iam.serviceAccountUser": {[]string{"iam.serviceAccounts.actAs"}, []string{"iam.serviceAccounts.getAccessToken", "iam.serviceAccounts.create"}},
		"roles/storage.objectCreator":  {[]string{"storage.objects.create"}, []string{"storage.objects.get", "storage.objects.delete", "storage.buckets.get"}},
		"roles/storage.objectAdmin":    {[]string{"storage.objects.create", "storage.objects.delete", "storage.objects.get"}, []string{"storage.buckets.get", "storage.buckets.list"}},
		"roles/logging.viewer":         {[]string{"logging.logEntries.list"}, []string{"logging.logEntries.create"}},
		// The builds' account.
		"roles/logging.logWriter":    {[]string{"logging.logEntries.create"}, []string{"logging.logEntries.list"}},
		"roles/storage.objectViewer": {[]string{"storage.objects.get", "storage.objects.list"}, []string{"storage.objects.create", "storage.buckets.get"}},
		"roles/artifactregistry.writer": {
			[]string{"artifactregistry.repositories.uploadArtifacts", "artifactregistry.repositories.downloadArtifacts", "artifactregistry.tags.create", "artifactregistry.tags.update"},
			[]string{"artifactregistry.repositories.deleteArtifacts", "artifactregistry.tags.delete", "artifactregistry.repositories.create"},
		},
		"roles/artifactregistry.repoAdmin": {[]string{"artifactregistry.repositories.deleteArtifacts", "artifactregistry.tags.delete"}, []string{"artifactregistry.repositories.create", "artifactregistry.repositories.setIamPolicy"}},
		"roles/run.developer":              {[]string{"run.services.create", "run.services.update", "run.services.delete"}, []string{"run.services.setIamPolicy", "iam.serviceAccounts.actAs"}},
		"roles/run.admin":                  {[]string{"run.services.setIamPolicy", "run.services.create"}, []string{"iam.serviceAccounts.actAs"}},
		"roles/run.builder": {
			[]string{"artifactregistry.repositories.uploadArtifacts", "artifactregistry.repositories.downloadArtifacts", "artifactregistry.repositories.deleteArtifacts", "logging.logEntries.create", "source.repos.get", "storage.objects.get"},
			[]string{"run.services.create", "iam.serviceAccounts.actAs", "storage.objects.create"},
		},
		// The app's account, Cloud Run's agent, the scheduler's account.
		"roles/secretmanager.secretAccessor": {[]string{"secretmanager.versions.access"}, []string{"secretmanager.secrets.get", "secretmanager.versions.add"}},
		"roles/run.serviceAgent":             {[]string{"artifactregistry.repositories.downloadArtifacts"}, []string{"artifactregistry.repositories.uploadArtifacts"}},
		"roles/run.invoker":                  {[]string{"run.routes.invoke"}, []string{"run.services.get"}},
		"roles/pubsub.publisher":             {[]string{"pubsub.topics.publish"}, []string{"pubsub.topics.get", "pubsub.topics.create"}},
		"roles/pubsub.subscriber":            {[]string{"pubsub.subscriptions.consume", "pubsub.topics.attachSubscription"}, []string{"pubsub.subscriptions.create", "pubsub.topics.publish"}},
		// The basic ones. What is in a bucket they reach by the bucket's own policy.
		"roles/viewer": {[]string{"run.services.get", "storage.buckets.list", "resourcemanager.projects.getIamPolicy"}, []string{"run.services.update", "secretmanager.versions.access", "storage.objects.get"}},
		"roles/editor": {[]string{"run.services.update", "iam.serviceAccounts.actAs", "storage.buckets.create"}, []string{"run.services.setIamPolicy", "secretmanager.versions.access", "iam.serviceAccounts.getAccessToken", "resourcemanager.projects.setIamPolicy"}},
		"roles/owner":  {[]string{"run.services.setIamPolicy", "secretmanager.versions.access", "resourcemanager.projects.setIamPolicy"}, []string{"iam.serviceAccounts.getAccessToken", "storage.objects.get"}},
	} {
		r, ok := rights.Find(role)
		if !ok {
			t.Errorf("there is no %s", role)
			continue
		}
		for _, p := range want.can {
			if !slices.Contains(r.Permissions, p) {
				t.Errorf("%s lacks %s", role, p)
			}
		}
		for _, p := range want.cannot {
			if slices.Contains(r.Permissions, p) {
				t.Errorf("%s has %s", role, p)
			}
		}
	}
}

// TestRolesAreWhole: a pattern that grants nothing is a slip of the pen.
func TestRolesAreWhole(t *testing.T) {
	t.Parallel()
	for _, r := range rights.Roles() {
		if len(r.Permissions) == 0 || r.Title == "" {
			t.Errorf("%s grants nothing, or has no title", r.Name)
		}
	}
	for _, idle := range rights.Idle() {
		t.Errorf("nothing is matched by %s", idle)
	}
}
