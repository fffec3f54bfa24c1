package cloudbuild

import (
	"strings"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// options puts the settings of a build into the message. project is that of an
// account that does not say its own.
func options(b *cloudbuildpb.Build, o plan.Options, project string) {
	to := b.Options
	b.Timeout, b.QueueTtl = seconds(o.TimeoutSeconds), seconds(o.QueueTTLSeconds)
	to.MachineType = cloudbuildpb.BuildOptions_MachineType(cloudbuildpb.BuildOptions_MachineType_value[o.MachineType])
	to.DiskSizeGb = int64(o.DiskSizeGB)
	to.WorkerRelease = o.WorkerRelease
	if o.Pool != "" {
		to.Pool = &cloudbuildpb.BuildOptions_PoolOption{Name: o.Pool}
	}
	b.ServiceAccount = account(o.ServiceAccount, project)
	logs(b, o)
}

// logs says where the log goes. Cloud Build refuses an account of the user's with
// the default bucket, and a bucket with Cloud Logging alone. An account that writes
// to a bucket need not be let write to Cloud Logging as well.
func logs(b *cloudbuildpb.Build, o plan.Options) {
	b.Options.Logging = cloudbuildpb.BuildOptions_LoggingMode(cloudbuildpb.BuildOptions_LoggingMode_value[o.Logging])
	switch {
	case b.Options.Logging == cloudbuildpb.BuildOptions_CLOUD_LOGGING_ONLY:
		return
	case o.LogsBucket != "", o.ServiceAccount != "":
		b.Options.Logging = cloudbuildpb.BuildOptions_GCS_ONLY
	}
	switch {
	case o.LogsBucket != "":
		b.LogsBucket = "gs://" + strings.TrimPrefix(o.LogsBucket, "gs://")
	case o.ServiceAccount != "":
		b.Options.DefaultLogsBucketBehavior = cloudbuildpb.BuildOptions_REGIONAL_USER_OWNED_BUCKET
	}
}

// account is the full name of a service account: of the project in its e-mail, or
// of ours where that has none, as those have that Google made.
func account(email, project string) string {
	if email == "" || strings.Contains(email, "/") {
		return email
	}
	if _, domain, ok := strings.Cut(email, "@"); ok {
		if own, ok := strings.CutSuffix(domain, ".iam.gserviceaccount.com"); ok {
			project = own
			if name, of, scoped := strings.Cut(own, "."); scoped { // a project of a domain
				project = of + ":" + name
			}
		}
	}
	return "projects/" + project + "/serviceAccounts/" + email
}

func seconds(n int) *durationpb.Duration {
	if n == 0 {
		return nil
	}
	return durationpb.New(time.Duration(n) * time.Second)
}
