package serviceusage

// catalogue is the APIs that a project may enable, by the titles that Google's
// console shows. The first of a new project are fresh.
var catalogue = map[string]struct {
	title string
	fresh bool
}{
	"appengine.googleapis.com":            {"App Engine Admin API", false},
	"appengineflex.googleapis.com":        {"Google App Engine Flexible Environment", false},
	"artifactregistry.googleapis.com":     {"Artifact Registry API", false},
	"cloudapis.googleapis.com":            {"Google Cloud APIs", true},
	"cloudbilling.googleapis.com":         {"Cloud Billing API", false},
	"cloudbuild.googleapis.com":           {"Cloud Build API", false},
	"cloudkms.googleapis.com":             {"Cloud Key Management Service (KMS) API", false},
	"cloudresourcemanager.googleapis.com": {"Cloud Resource Manager API", false},
	"cloudscheduler.googleapis.com":       {"Cloud Scheduler API", false},
	"cloudtrace.googleapis.com":           {"Cloud Trace API", true},
	"compute.googleapis.com":              {"Compute Engine API", false},
	"containeranalysis.googleapis.com":    {"Container Analysis API", false},
	"containerregistry.googleapis.com":    {"Container Registry API", false},
	"containerscanning.googleapis.com":    {"Container Scanning API", false},
	"developerconnect.googleapis.com":     {"Developer Connect API", false},
	"iam.googleapis.com":                  {"Identity and Access Management (IAM) API", false},
	"iamcredentials.googleapis.com":       {"IAM Service Account Credentials API", false},
	"logging.googleapis.com":              {"Cloud Logging API", true},
	"monitoring.googleapis.com":           {"Cloud Monitoring API", true},
	"orgpolicy.googleapis.com":            {"Organization Policy API", false},
	"pubsub.googleapis.com":               {"Cloud Pub/Sub API", false},
	"run.googleapis.com":                  {"Cloud Run Admin API", false},
	"secretmanager.googleapis.com":        {"Secret Manager API", false},
	"servicemanagement.googleapis.com":    {"Service Management API", true},
	"serviceusage.googleapis.com":         {"Service Usage API", true},
	"sqladmin.googleapis.com":             {"Cloud SQL Admin API", false},
	"storage-api.googleapis.com":          {"Google Cloud Storage JSON API", true},
	"storage-component.googleapis.com":    {"Cloud Storage", true},
	"storage.googleapis.com":              {"Cloud Storage API", true},
	"sts.googleapis.com":                  {"Security Token Service API", false},
}
