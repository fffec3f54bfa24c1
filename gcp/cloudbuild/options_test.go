package cloudbuild_test

import (
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	emustorage "github.com/gcpdeploy/gcpdeploy/gcp/emulator/storage"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// TestOptionsAreTaken submits a build of every mix of account, bucket and logging
// that the configuration lets through: Cloud Build takes each, and the log of an
// account of one's own is in a bucket of one's own, or in Cloud Logging.
func TestOptionsAreTaken(t *testing.T) {
	t.Parallel()
	f := start(t, lines(1))
	store := emulator.Get[*emustorage.Store](f.server)
	if err := store.EnsureBucket("my-logs"); err != nil {
		t.Fatal(err)
	}
	p := aPlan(t)
	for _, account := range []string{"", "build@my-project.iam.gserviceaccount.com", "1-compute@developer.gserviceaccount.com"} {
		for _, bucket := range []string{"", "my-logs"} {
			for _, logging := range []string{"", "GCS_ONLY", "CLOUD_LOGGING_ONLY"} {
				if bucket != "" && logging == "CLOUD_LOGGING_ONLY" {
					continue // refused by the configuration
				}
				p.Options = plan.Options{ServiceAccount: account, LogsBucket: bucket, Logging: logging, DiskSizeGB: 100, WorkerRelease: "stable"}
				b := cloudbuild.Spec(p, cloudbuild.Source{}, time.Now(), nil)
				b.Source, b.AvailableSecrets = nil, nil
				b, err := f.Submit(t.Context(), project, region, b)
				if err != nil {
					t.Errorf("%+v: %v", p.Options, err)
					continue
				}
				mine := bucket != "" || strings.HasSuffix(b.GetLogsBucket(), "-"+region+"-cloudbuild-logs")
				if inLogging := b.GetOptions().GetLogging() == cloudbuildpb.BuildOptions_CLOUD_LOGGING_ONLY; inLogging == mine || inLogging != (logging == "CLOUD_LOGGING_ONLY") {
					t.Errorf("%+v: the log goes to %q, %v", p.Options, b.GetLogsBucket(), b.GetOptions().GetLogging())
				}
				if account != "" && b.GetServiceAccount() != "projects/my-project/serviceAccounts/"+account {
					t.Errorf("%+v: the account is %q", p.Options, b.GetServiceAccount())
				}
			}
		}
	}
}

// TestAccountOfAnotherProject: an account's project is in its e-mail.
func TestAccountOfAnotherProject(t *testing.T) {
	t.Parallel()
	p := aPlan(t)
	for email, want := range map[string]string{
		"b@other.iam.gserviceaccount.com":             "projects/other/serviceAccounts/",
		"b@other.example.com.iam.gserviceaccount.com": "projects/example.com:other/serviceAccounts/",
		"7@cloudbuild.gserviceaccount.com":            "projects/my-project/serviceAccounts/",
	} {
		p.Options.ServiceAccount = email
		if got := cloudbuild.Spec(p, cloudbuild.Source{}, time.Now(), nil).GetServiceAccount(); got != want+email {
			t.Errorf("%s: %s", email, got)
		}
	}
}
