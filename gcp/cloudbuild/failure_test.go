package cloudbuild

import (
	"strings"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
)

func TestCause(t *testing.T) {
	t.Parallel()
	const account = "projects/p/serviceAccounts/builds@p.iam.gserviceaccount.com"
	failed := func(kind cloudbuildpb.Build_FailureInfo_FailureType) *cloudbuildpb.Build {
		return &cloudbuildpb.Build{
			ProjectId: "p", Status: cloudbuildpb.Build_FAILURE, FailureInfo: &cloudbuildpb.Build_FailureInfo{Type: kind, Detail: "d"}, ServiceAccount: account,
			Source: &cloudbuildpb.Source{Source: &cloudbuildpb.Source_StorageSource{StorageSource: &cloudbuildpb.StorageSource{Bucket: "p_cloudbuild", Object: "o"}}},
		}
	}
	logs := failed(cloudbuildpb.Build_FailureInfo_LOGGING_FAILURE)
	logs.LogsBucket = "gs://p-logs/folder"
	nobody := failed(cloudbuildpb.Build_FailureInfo_FETCH_SOURCE_FAILED)
	nobody.ServiceAccount = ""
	secret := failed(cloudbuildpb.Build_FailureInfo_FAILURE_TYPE_UNSPECIFIED)
	secret.StatusDetail = "failed to access secret version for secret projects/p/secrets/hello-netrc/versions/1: denied"
	for _, tt := range []struct {
		name   string
		build  *cloudbuildpb.Build
		hint   string
		denied bool
	}{
		{"source", failed(cloudbuildpb.Build_FailureInfo_FETCH_SOURCE_FAILED),
			"Grant roles/storage.objectViewer (for storage.objects.get) on the bucket p_cloudbuild to builds@p.iam.gserviceaccount.com: " +
				"`gcloud storage buckets add-iam-policy-binding gs://p_cloudbuild --member=serviceAccount:builds@p.iam.gserviceaccount.com --role=roles/storage.objectViewer`.", true},
		{"source, of the default account", nobody, "to the account that builds run as: `gcloud", true},
		{"log bucket", logs, "Grant roles/storage.objectAdmin (for storage.objects.create) on the bucket p-logs to builds@", true},
		{"log", failed(cloudbuildpb.Build_FailureInfo_LOGGING_FAILURE), "Grant roles/logging.logWriter (for logging.logEntries.create) on the project p to builds@", true},
		{"push", failed(cloudbuildpb.Build_FailureInfo_PUSH_NOT_AUTHORIZED), "Grant roles/artifactregistry.writer", true},
		{"secret", secret, "on the secret hello-netrc to builds@p.iam.gserviceaccount.com: `gcloud secrets add-iam-policy-binding hello-netrc --project=p", true},
		{"a step", failed(cloudbuildpb.Build_FailureInfo_USER_BUILD_STEP), "", false},
		{"the queue", &cloudbuildpb.Build{Status: cloudbuildpb.Build_EXPIRED, StatusDetail: "build expired in queue"}, "quota of builds", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := Outcome(tt.build)
			if o.Denied != tt.denied || !strings.Contains(o.Hint, tt.hint) || tt.hint == "" && o.Hint != "" {
				t.Errorf("denied %v, hint %q, want %q", o.Denied, o.Hint, tt.hint)
			}
		})
	}
}
