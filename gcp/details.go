package gcp

import (
	"errors"
	"strings"

	"github.com/googleapis/gax-go/v2/apierror"
	"google.golang.org/api/googleapi"
)

// details is what a server said about an error beside its code.
type details struct {
	reason     string
	metadata   map[string]string
	help       string // the first link's sentence
	violations []string
}

func detailsOf(err error) details {
	var d details
	a, ok := errors.AsType[*apierror.APIError](err)
	if !ok {
		if s, isStatus := errors.AsType[grpcError](err); isStatus {
			a, ok = apierror.FromError(s.GRPCStatus().Err())
		} else if g, isHTTP := errors.AsType[*googleapi.Error](err); isHTTP {
			a, ok = apierror.FromError(g)
			for _, item := range g.Errors {
				d.reason = item.Reason
			}
		}
	}
	if !ok {
		return d
	}
	if r := a.Reason(); r != "" {
		d.reason = r
	}
	d.metadata = a.Metadata()
	det := a.Details()
	for _, l := range det.Help.GetLinks() {
		if d.help == "" {
			d.help = "See " + l.GetUrl() + " (" + l.GetDescription() + ")."
		}
	}
	for _, v := range det.BadRequest.GetFieldViolations() {
		d.violations = append(d.violations, v.GetField()+": "+v.GetDescription())
	}
	for _, v := range det.PreconditionFailure.GetViolations() {
		d.violations = append(d.violations, v.GetSubject()+": "+v.GetDescription())
	}
	return d
}

// denied is the hint for an account or a project that lacks a right.
func (d details) denied() string {
	switch d.reason {
	case "SERVICE_DISABLED":
		hint := "Run `gcloud services enable " + d.metadata["service"]
		if p, ok := strings.CutPrefix(d.metadata["consumer"], "projects/"); ok {
			hint += " --project " + p
		}
		return hint + "`."
	case "BILLING_DISABLED":
		return "Enable billing for the project at https://console.cloud.google.com/billing."
	case "IAM_PERMISSION_DENIED":
		permission := d.metadata["permission"]
		hint := "Grant " + permission
		if role := roleFor(permission); role != "" {
			hint += " (in " + role + ")"
		}
		if resource := d.metadata["resource"]; resource != "" {
			hint += " on " + resource
		}
		return hint + "."
	case "ACCESS_TOKEN_SCOPE_INSUFFICIENT":
		return login
	}
	if d.help != "" {
		return d.help
	}
	return "Check which account is used (`gcloud auth application-default login` changes it) and which roles it has on the project."
}

// exhausted is the hint for a limit that was hit.
func (d details) exhausted() string {
	if l := d.metadata["quota_limit"]; l != "" {
		return "Run again in a minute, or raise the quota " + l + "."
	}
	return "Run again in a minute."
}

// roleFor is the least predefined role of those this program's users need that
// has a permission.
func roleFor(permission string) string {
	permission = strings.ToLower(permission)
	for _, r := range roles {
		if strings.HasPrefix(permission, r.prefix) {
			return r.role
		}
	}
	return ""
}

// roles are in order of length: the first prefix that fits wins.
var roles = []struct{ prefix, role string }{
	{"artifactregistry.repositories.downloadartifacts", "roles/artifactregistry.reader"},
	{"artifactregistry.repositories.uploadartifacts", "roles/artifactregistry.writer"},
	{"artifactregistry.repositories.deleteartifacts", "roles/artifactregistry.repoAdmin"},
	{"artifactregistry.repositories.create", "roles/artifactregistry.admin"},
	{"artifactregistry.tags.create", "roles/artifactregistry.writer"},
	{"artifactregistry.tags.update", "roles/artifactregistry.writer"},
	{"artifactregistry.tags.delete", "roles/artifactregistry.repoAdmin"},
	{"artifactregistry.versions.delete", "roles/artifactregistry.repoAdmin"},
	{"artifactregistry.", "roles/artifactregistry.reader"},
	{"cloudbuild.", "roles/cloudbuild.builds.editor"},
	{"iam.serviceaccounts.actas", "roles/iam.serviceAccountUser"},
	{"logging.logentries.create", "roles/logging.logWriter"},
	{"logging.", "roles/logging.viewer"},
	{"run.services.setiampolicy", "roles/run.admin"},
	{"run.services.get", "roles/run.viewer"},
	{"run.services.list", "roles/run.viewer"},
	{"run.revisions.get", "roles/run.viewer"},
	{"run.revisions.list", "roles/run.viewer"},
	{"run.", "roles/run.developer"},
	{"secretmanager.versions.access", "roles/secretmanager.secretAccessor"},
	{"secretmanager.versions.add", "roles/secretmanager.secretVersionAdder"},
	{"secretmanager.", "roles/secretmanager.admin"},
	{"serviceusage.services.use", "roles/serviceusage.serviceUsageConsumer"},
	{"storage.buckets.", "roles/storage.admin"},
	{"storage.objects.get", "roles/storage.objectViewer"},
	{"storage.objects.list", "roles/storage.objectViewer"},
	{"storage.objects.create", "roles/storage.objectCreator"},
	{"storage.objects.", "roles/storage.objectAdmin"},
}
