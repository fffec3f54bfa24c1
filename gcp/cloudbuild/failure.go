package cloudbuild

import (
	"strings"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/rights"
)

// cause is what to do about a build that failed before, between or after its
// steps, and whether a right lacked; "" = Cloud Build does not say.
func cause(b *cloudbuildpb.Build) (hint string, denied bool) {
	account := accountOf(b)
	text := b.GetStatusDetail() + " " + b.GetFailureInfo().GetDetail()
	switch b.GetFailureInfo().GetType() {
	case cloudbuildpb.Build_FailureInfo_FETCH_SOURCE_FAILED:
		return gcp.Lacks(rights.Builds, account, "storage.objects.get", "buckets/"+b.GetSource().GetStorageSource().GetBucket()), true
	case cloudbuildpb.Build_FailureInfo_LOGGING_FAILURE:
		if bucket, _, _ := strings.Cut(strings.TrimPrefix(b.GetLogsBucket(), "gs://"), "/"); bucket != "" {
			// A log's object is written again and again, which the role for it lets nobody but them.
			return gcp.Lacks(rights.Builds, account, "storage.objects.delete", "buckets/"+bucket), true
		}
		return gcp.Lacks(rights.Builds, account, "logging.logEntries.create", "projects/"+b.GetProjectId()), true
	case cloudbuildpb.Build_FailureInfo_PUSH_NOT_AUTHORIZED, cloudbuildpb.Build_FailureInfo_PUSH_FAILED:
		return gcp.Lacks(rights.Builds, account, "artifactregistry.repositories.uploadArtifacts", ""), true
	}
	if strings.Contains(text, "failed to access secret version") {
		secret := ""
		if i := strings.Index(text, "projects/"); i >= 0 {
			secret, _, _ = strings.Cut(text[i:], "/versions/")
		}
		return gcp.Lacks(rights.Builds, account, "secretmanager.versions.access", secret), true
	}
	if strings.Contains(text, "queue") && b.GetStatus() == cloudbuildpb.Build_EXPIRED {
		return "Run again later, or raise the quota of builds at the same time: it waited too long for a worker.", false
	}
	return "", false
}

// accountOf is the account that a build names, "" = the project's default one.
func accountOf(b *cloudbuildpb.Build) string {
	name := b.GetServiceAccount()
	return name[strings.LastIndexByte(name, '/')+1:]
}
