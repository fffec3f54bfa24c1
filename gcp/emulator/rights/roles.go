package rights

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// Role is a predefined role, with those of its permissions that exist here.
type Role struct {
	Name, Title string
	Permissions []string
}

// definition is a role as it is written down: permissions with spaces between, of
// which * stands for what has no dot, ** for everything, and -x takes away.
type definition struct{ name, title, grants string }

// What many roles share.
const (
	project     = " resourcemanager.projects.get resourcemanager.projects.list"
	repoRead    = " artifactregistry.dockerimages.* artifactregistry.files.get artifactregistry.files.list artifactregistry.files.download artifactregistry.locations.* artifactregistry.packages.get artifactregistry.packages.list artifactregistry.repositories.downloadArtifacts artifactregistry.repositories.get artifactregistry.repositories.list artifactregistry.tags.get artifactregistry.tags.list artifactregistry.versions.get artifactregistry.versions.list"
	repoWrite   = repoRead + " artifactregistry.repositories.uploadArtifacts artifactregistry.tags.create artifactregistry.tags.update"
	repoDelete  = " artifactregistry.repositories.deleteArtifacts artifactregistry.files.delete artifactregistry.packages.delete artifactregistry.tags.delete artifactregistry.versions.delete"
	appRead     = " appengine.applications.get appengine.instances.get appengine.instances.list appengine.operations.* appengine.services.get appengine.services.list appengine.versions.get appengine.versions.list"
	runRead     = " run.*.get run.*.list run.jobs.getIamPolicy run.services.getIamPolicy"
	objectsRead = " storage.folders.get storage.folders.list storage.managedFolders.get storage.managedFolders.list storage.objects.get storage.objects.list"
)

// definitions are the predefined roles. Source: cloud.google.com/iam/docs/roles-permissions.
var definitions = []definition{
	{"roles/owner", "Owner", "** -storage.objects.** -storage.buckets.get -storage.buckets.update -storage.buckets.*IamPolicy -storage.multipartUploads.** -iam.serviceAccounts.getAccessToken -iam.serviceAccounts.getOpenIdToken -iam.serviceAccounts.sign* -cloudbuild.workerpools.use"},
	{"roles/editor", "Editor", "** -*.*.setIamPolicy -storage.objects.** -storage.buckets.get -storage.buckets.update -storage.buckets.getIamPolicy -storage.multipartUploads.** -iam.serviceAccounts.getAccessToken -iam.serviceAccounts.getOpenIdToken -iam.serviceAccounts.sign* -secretmanager.versions.access -resourcemanager.projects.create -resourcemanager.projects.delete -resourcemanager.projects.createBillingAssignment -cloudbuild.workerpools.use -iam.roles.** -orgpolicy.**"},
	{"roles/viewer", "Viewer", "*.*.get *.*.list *.*.getIamPolicy -storage.buckets.get -storage.buckets.getIamPolicy -storage.objects.** -iam.roles.** -orgpolicy.** artifactregistry.files.download artifactregistry.repositories.downloadArtifacts serviceusage.services.use cloudscheduler.jobs.fullView"},
	{"roles/browser", "Browser", "resourcemanager.projects.get resourcemanager.projects.getIamPolicy resourcemanager.projects.list"},

	{"roles/appengine.appAdmin", "App Engine Admin", "appengine.** -appengine.applications.create -appengine.versions.getFileContents" + project},
	{"roles/appengine.appCreator", "App Engine Creator", "appengine.applications.create" + project},
	{"roles/appengine.appViewer", "App Engine Viewer", appRead + project},
	{"roles/appengine.codeViewer", "App Engine Code Viewer", appRead + " appengine.versions.getFileContents" + project},
	{"roles/appengine.deployer", "App Engine Deployer", appRead + " appengine.versions.create appengine.versions.delete artifactregistry.repositories.deleteArtifacts artifactregistry.repositories.downloadArtifacts artifactregistry.repositories.uploadArtifacts" + project},
	{"roles/appengine.serviceAdmin", "App Engine Service Admin", appRead + " appengine.instances.delete appengine.services.* appengine.versions.delete appengine.versions.update" + project},

	{"roles/appengineflex.serviceAgent", "App Engine flexible environment Service Agent", "artifactregistry.repositories.create artifactregistry.repositories.downloadArtifacts artifactregistry.repositories.get artifactregistry.repositories.uploadArtifacts cloudbuild.builds.create cloudbuild.builds.get iam.serviceAccounts.actAs iam.serviceAccounts.getAccessToken logging.logEntries.create" + project},

	{"roles/artifactregistry.admin", "Artifact Registry Administrator", "artifactregistry.**"},
	{"roles/artifactregistry.reader", "Artifact Registry Reader", repoRead},
	{"roles/artifactregistry.writer", "Artifact Registry Writer", repoWrite},
	{"roles/artifactregistry.repoAdmin", "Artifact Registry Repository Administrator", repoWrite + repoDelete},
	{"roles/artifactregistry.serviceAgent", "Artifact Registry Service Agent", "storage.objects.get"},

	{"roles/cloudbuild.builds.viewer", "Cloud Build Viewer", "cloudbuild.builds.get cloudbuild.builds.list cloudbuild.operations.*" + project},
	{"roles/cloudbuild.builds.editor", "Cloud Build Editor", "cloudbuild.builds.create cloudbuild.builds.get cloudbuild.builds.list cloudbuild.builds.update cloudbuild.operations.*" + project},
	{"roles/cloudbuild.builds.approver", "Cloud Build Approver", "cloudbuild.builds.approve cloudbuild.builds.get cloudbuild.builds.list cloudbuild.operations.*" + project},
	{"roles/cloudbuild.builds.builder", "Cloud Build Service Account", repoWrite + " cloudbuild.builds.create cloudbuild.builds.get cloudbuild.builds.list cloudbuild.builds.update cloudbuild.operations.* cloudbuild.workerpools.use logging.logEntries.create logging.logEntries.list logging.views.access source.repos.* storage.buckets.create storage.buckets.get storage.buckets.list storage.objects.create storage.objects.delete storage.objects.get storage.objects.list storage.objects.update" + project},
	{"roles/cloudbuild.connectionAdmin", "Cloud Build Connection Admin", "cloudbuild.connections.* cloudbuild.repositories.create cloudbuild.repositories.delete cloudbuild.repositories.fetchGitRefs cloudbuild.repositories.get cloudbuild.repositories.list" + project},
	{"roles/cloudbuild.connectionViewer", "Cloud Build Connection Viewer", "cloudbuild.connections.fetchLinkableRepositories cloudbuild.connections.get cloudbuild.connections.getIamPolicy cloudbuild.connections.list cloudbuild.repositories.fetchGitRefs cloudbuild.repositories.get cloudbuild.repositories.list" + project},
	{"roles/cloudbuild.readTokenAccessor", "Cloud Build Read Only Token Accessor", "cloudbuild.connections.get cloudbuild.repositories.accessReadToken cloudbuild.repositories.get" + project},
	{"roles/cloudbuild.tokenAccessor", "Cloud Build Token Accessor", "cloudbuild.connections.get cloudbuild.repositories.accessReadToken cloudbuild.repositories.accessReadWriteToken cloudbuild.repositories.get" + project},
	{"roles/cloudbuild.workerPoolUser", "Cloud Build WorkerPool User", "cloudbuild.workerpools.use"},
	{"roles/cloudbuild.workerPoolViewer", "Cloud Build WorkerPool Viewer", "cloudbuild.workerpools.get cloudbuild.workerpools.list" + project},
	{"roles/cloudbuild.serviceAgent", "Cloud Build Service Agent", repoWrite + " cloudbuild.** iam.serviceAccounts.actAs iam.serviceAccounts.getAccessToken logging.logEntries.create storage.buckets.create storage.buckets.get storage.buckets.list storage.objects.*" + project},

	{"roles/cloudscheduler.admin", "Cloud Scheduler Admin", "cloudscheduler.** serviceusage.services.list" + project},
	{"roles/cloudscheduler.jobRunner", "Cloud Scheduler Job Runner", "cloudscheduler.jobs.fullView cloudscheduler.jobs.get cloudscheduler.jobs.list cloudscheduler.jobs.run" + project},
	{"roles/cloudscheduler.viewer", "Cloud Scheduler Viewer", "cloudscheduler.*.get cloudscheduler.*.list cloudscheduler.jobs.fullView serviceusage.services.list" + project},
	{"roles/cloudscheduler.serviceAgent", "Cloud Scheduler Service Agent", "iam.serviceAccounts.getAccessToken iam.serviceAccounts.getOpenIdToken logging.logEntries.create"},

	{"roles/developerconnect.admin", "Developer Connect Admin", "developerconnect.**" + project},
	{"roles/developerconnect.readTokenAccessor", "Developer Connect Read Token Accessor", "developerconnect.connections.get developerconnect.gitRepositoryLinks.fetchGitRefs developerconnect.gitRepositoryLinks.fetchReadToken developerconnect.gitRepositoryLinks.get" + project},
	{"roles/developerconnect.user", "Developer Connect User", "developerconnect.connections.fetchLinkableGitRepositories developerconnect.connections.get developerconnect.connections.list developerconnect.gitRepositoryLinks.fetchGitRefs developerconnect.gitRepositoryLinks.get developerconnect.gitRepositoryLinks.list developerconnect.locations.* developerconnect.operations.*" + project},
	{"roles/developerconnect.viewer", "Developer Connect Viewer", "developerconnect.*.get developerconnect.*.list developerconnect.gitRepositoryLinks.fetchGitRefs" + project},

	{"roles/iam.serviceAccountAdmin", "Service Account Admin", "iam.serviceAccounts.create iam.serviceAccounts.delete iam.serviceAccounts.disable iam.serviceAccounts.enable iam.serviceAccounts.get iam.serviceAccounts.getIamPolicy iam.serviceAccounts.list iam.serviceAccounts.setIamPolicy iam.serviceAccounts.update" + project},
	{"roles/iam.serviceAccountCreator", "Create Service Accounts", "iam.serviceAccounts.create iam.serviceAccounts.get iam.serviceAccounts.list" + project},
	{"roles/iam.serviceAccountOpenIdTokenCreator", "Service Account OpenID Connect Identity Token Creator", "iam.serviceAccounts.getOpenIdToken"},
	{"roles/iam.serviceAccountTokenCreator", "Service Account Token Creator", "iam.serviceAccounts.get iam.serviceAccounts.getAccessToken iam.serviceAccounts.getOpenIdToken iam.serviceAccounts.list iam.serviceAccounts.sign*" + project},
	{"roles/iam.serviceAccountUser", "Service Account User", "iam.serviceAccounts.actAs iam.serviceAccounts.get iam.serviceAccounts.list" + project},
	{"roles/iam.serviceAccountViewer", "View Service Accounts", "iam.serviceAccounts.get iam.serviceAccounts.getIamPolicy iam.serviceAccounts.list" + project},
	{"roles/iam.workloadIdentityUser", "Workload Identity User", "iam.serviceAccounts.get iam.serviceAccounts.getAccessToken iam.serviceAccounts.getOpenIdToken iam.serviceAccounts.list"},
	{"roles/iam.roleViewer", "Role Viewer", "iam.roles.* resourcemanager.projects.getIamPolicy" + project},
	{"roles/iam.securityReviewer", "Security Reviewer", "*.*.list *.*.getIamPolicy iam.roles.*"},

	{"roles/logging.admin", "Logging Admin", "logging.**" + project},
	{"roles/logging.logWriter", "Logs Writer", "logging.logEntries.create logging.logEntries.route"},
	{"roles/logging.viewer", "Logs Viewer", "logging.buckets.* logging.logEntries.list logging.logs.list" + project},
	{"roles/logging.viewAccessor", "Logs View Accessor", "logging.views.access"},

	{"roles/orgpolicy.policyViewer", "Organization Policy Viewer", "orgpolicy.policy.get"},
	{"roles/monitoring.metricWriter", "Monitoring Metric Writer", "monitoring.timeSeries.create"},

	{"roles/pubsub.admin", "Pub/Sub Admin", "pubsub.** serviceusage.quotas.get serviceusage.services.get serviceusage.services.list" + project},
	{"roles/pubsub.editor", "Pub/Sub Editor", "pubsub.** -pubsub.*.getIamPolicy -pubsub.*.setIamPolicy serviceusage.quotas.get serviceusage.services.get serviceusage.services.list" + project},
	{"roles/pubsub.publisher", "Pub/Sub Publisher", "pubsub.topics.publish"},
	{"roles/pubsub.subscriber", "Pub/Sub Subscriber", "pubsub.subscriptions.consume pubsub.topics.attachSubscription"},
	{"roles/pubsub.viewer", "Pub/Sub Viewer", "pubsub.*.get pubsub.*.list serviceusage.quotas.get serviceusage.services.get serviceusage.services.list" + project},
	{"roles/billing.projectManager", "Project Billing Manager", "resourcemanager.projects.createBillingAssignment"},
	{"roles/resourcemanager.projectIamAdmin", "Project IAM Admin", "resourcemanager.projects.get resourcemanager.projects.getIamPolicy resourcemanager.projects.setIamPolicy"},

	{"roles/run.admin", "Cloud Run Admin", "run.** artifactregistry.repositories.downloadArtifacts" + project},
	{"roles/run.developer", "Cloud Run Developer", "run.configurations.* run.executions.* run.jobs.create run.jobs.delete run.jobs.get run.jobs.getIamPolicy run.jobs.list run.jobs.run run.jobs.runWithOverrides run.jobs.update run.locations.* run.operations.* run.revisions.* run.routes.get run.routes.list run.services.create run.services.delete run.services.get run.services.getIamPolicy run.services.list run.services.update run.tasks.* artifactregistry.repositories.downloadArtifacts" + project},
	{"roles/run.viewer", "Cloud Run Viewer", runRead + project},
	{"roles/run.invoker", "Cloud Run Invoker", "run.jobs.run run.routes.invoke"},
	{"roles/run.jobsExecutor", "Cloud Run Jobs Executor", "run.executions.cancel run.jobs.run"},
	{"roles/run.jobsExecutorWithOverrides", "Cloud Run Jobs Executor With Overrides", "run.executions.cancel run.jobs.run run.jobs.runWithOverrides"},
	{"roles/run.servicesInvoker", "Cloud Run Service Invoker", "run.routes.invoke"},
	{"roles/run.builder", "Cloud Run Builder", "artifactregistry.repositories.deleteArtifacts artifactregistry.repositories.downloadArtifacts artifactregistry.repositories.uploadArtifacts logging.logEntries.create source.repos.get storage.objects.get"},
	{"roles/run.sourceDeveloper", "Cloud Run Source Developer", "artifactregistry.repositories.create artifactregistry.repositories.get artifactregistry.repositories.list artifactregistry.repositories.downloadArtifacts cloudbuild.builds.create cloudbuild.builds.get cloudbuild.builds.list cloudbuild.operations.* run.configurations.* run.locations.* run.operations.* run.revisions.* run.routes.get run.routes.list run.services.create run.services.delete run.services.get run.services.getIamPolicy run.services.list run.services.update storage.buckets.create storage.buckets.get storage.buckets.list storage.objects.create storage.objects.get storage.objects.list" + project},
	{"roles/run.serviceAgent", "Cloud Run Service Agent", repoRead + " iam.serviceAccounts.actAs iam.serviceAccounts.getAccessToken iam.serviceAccounts.getOpenIdToken iam.serviceAccounts.signBlob run.routes.invoke storage.objects.get storage.objects.list" + project},

	{"roles/secretmanager.admin", "Secret Manager Admin", "secretmanager.**" + project},
	{"roles/secretmanager.secretAccessor", "Secret Manager Secret Accessor", "secretmanager.versions.access" + project},
	{"roles/secretmanager.secretVersionAdder", "Secret Manager Secret Version Adder", "secretmanager.versions.add" + project},
	{"roles/secretmanager.secretVersionManager", "Secret Manager Secret Version Manager", "secretmanager.versions.add secretmanager.versions.destroy secretmanager.versions.disable secretmanager.versions.enable secretmanager.versions.get secretmanager.versions.list" + project},
	{"roles/secretmanager.viewer", "Secret Manager Viewer", "secretmanager.locations.* secretmanager.secrets.get secretmanager.secrets.getIamPolicy secretmanager.secrets.list secretmanager.versions.get secretmanager.versions.list" + project},

	{"roles/serviceusage.serviceUsageAdmin", "Service Usage Admin", "serviceusage.**"},
	{"roles/serviceusage.serviceUsageConsumer", "Service Usage Consumer", "serviceusage.operations.* serviceusage.quotas.get serviceusage.services.get serviceusage.services.list serviceusage.services.use"},
	{"roles/serviceusage.serviceUsageViewer", "Service Usage Viewer", "serviceusage.operations.* serviceusage.quotas.get serviceusage.services.get serviceusage.services.list"},

	{"roles/storage.admin", "Storage Admin", "storage.**" + project},
	{"roles/storage.bucketViewer", "Storage Bucket Viewer", "storage.buckets.get storage.buckets.list" + project},
	{"roles/storage.objectAdmin", "Storage Object Admin", "storage.folders.* storage.managedFolders.* storage.multipartUploads.* storage.objects.*" + project},
	{"roles/storage.objectUser", "Storage Object User", "storage.multipartUploads.* storage.objects.create storage.objects.delete storage.objects.update" + objectsRead + project},
	{"roles/storage.objectCreator", "Storage Object Creator", "storage.multipartUploads.abort storage.multipartUploads.create storage.multipartUploads.listParts storage.objects.create" + project},
	{"roles/storage.objectViewer", "Storage Object Viewer", objectsRead + project},
	{"roles/storage.legacyBucketOwner", "Storage Legacy Bucket Owner", "storage.buckets.get storage.buckets.getIamPolicy storage.buckets.setIamPolicy storage.buckets.update storage.multipartUploads.* storage.objects.create storage.objects.delete storage.objects.list"},
	{"roles/storage.legacyBucketReader", "Storage Legacy Bucket Reader", "storage.buckets.get storage.multipartUploads.list storage.objects.list"},
	{"roles/storage.legacyBucketWriter", "Storage Legacy Bucket Writer", "storage.buckets.get storage.multipartUploads.* storage.objects.create storage.objects.delete storage.objects.list"},
	{"roles/storage.legacyObjectOwner", "Storage Legacy Object Owner", "storage.objects.get storage.objects.getIamPolicy storage.objects.setIamPolicy storage.objects.update"},
	{"roles/storage.legacyObjectReader", "Storage Legacy Object Reader", "storage.objects.get"},
}

// Roles are all of them, by name.
var Roles = sync.OnceValue(func() []Role {
	var all []Role
	for _, d := range definitions {
		r := Role{Name: d.name, Title: d.title}
		for _, p := range permissions {
			if d.has(p) {
				r.Permissions = append(r.Permissions, p)
			}
		}
		slices.Sort(r.Permissions)
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b Role) int { return cmp.Compare(a.Name, b.Name) })
	return all
})

// Find is the role of a name.
func Find(name string) (Role, bool) {
	all := Roles()
	i, ok := slices.BinarySearchFunc(all, name, func(r Role, name string) int { return cmp.Compare(r.Name, name) })
	if !ok {
		return Role{}, false
	}
	return all[i], true
}

// unknown tells a role that is not one of a service whose roles are known.
func unknown(role string) bool {
	if _, ok := Find(role); ok {
		return false
	}
	service, _, dotted := strings.Cut(role, ".")
	return strings.HasPrefix(role, "roles/") &&
		(!dotted || slices.ContainsFunc(definitions, func(d definition) bool { return strings.HasPrefix(d.name, service+".") }))
}

func (d definition) has(permission string) bool {
	granted := false
	for _, p := range strings.Fields(d.grants) {
		less, minus := strings.CutPrefix(p, "-")
		if match(less, permission) {
			granted = !minus
		}
	}
	return granted
}

// match is a pattern of permissions: parts with dots between.
func match(pattern, permission string) bool {
	want, got := strings.Split(pattern, "."), strings.Split(permission, ".")
	for i, w := range want {
		if w == "**" {
			return true
		}
		if i >= len(got) {
			return false
		}
		before, after, star := strings.Cut(w, "*")
		if !star && w != got[i] || star && !(len(got[i]) >= len(before)+len(after) && strings.HasPrefix(got[i], before) && strings.HasSuffix(got[i], after)) {
			return false
		}
	}
	return len(want) == len(got)
}
