package rights

import "strings"

// permissions are all that exist here: those that a call of the emulators needs,
// and those beside them in the same roles. Source: each API's reference of
// permissions, and cloud.google.com/iam/docs/permissions-reference.
var permissions = strings.Fields(`
appengine.applications.create appengine.applications.get appengine.applications.update
appengine.instances.delete appengine.instances.enableDebug appengine.instances.get appengine.instances.list appengine.operations.get appengine.operations.list
appengine.runtimes.actAsAdmin appengine.services.delete appengine.services.get appengine.services.list appengine.services.update
appengine.versions.create appengine.versions.delete appengine.versions.get appengine.versions.getFileContents appengine.versions.list appengine.versions.update
artifactregistry.dockerimages.get artifactregistry.dockerimages.list
artifactregistry.files.get artifactregistry.files.list artifactregistry.files.download artifactregistry.files.delete
artifactregistry.locations.get artifactregistry.locations.list
artifactregistry.packages.get artifactregistry.packages.list artifactregistry.packages.delete
artifactregistry.repositories.create artifactregistry.repositories.delete artifactregistry.repositories.deleteArtifacts
artifactregistry.repositories.downloadArtifacts artifactregistry.repositories.get artifactregistry.repositories.getIamPolicy
artifactregistry.repositories.list artifactregistry.repositories.setIamPolicy artifactregistry.repositories.update
artifactregistry.repositories.uploadArtifacts
artifactregistry.tags.create artifactregistry.tags.delete artifactregistry.tags.get artifactregistry.tags.list artifactregistry.tags.update
artifactregistry.versions.get artifactregistry.versions.list artifactregistry.versions.delete
cloudbuild.builds.approve cloudbuild.builds.create cloudbuild.builds.get cloudbuild.builds.list cloudbuild.builds.update
cloudbuild.connections.create cloudbuild.connections.delete cloudbuild.connections.fetchLinkableRepositories cloudbuild.connections.get
cloudbuild.connections.getIamPolicy cloudbuild.connections.list cloudbuild.connections.setIamPolicy cloudbuild.connections.update
cloudbuild.operations.get cloudbuild.operations.list
cloudbuild.repositories.accessReadToken cloudbuild.repositories.accessReadWriteToken cloudbuild.repositories.create cloudbuild.repositories.delete
cloudbuild.repositories.fetchGitRefs cloudbuild.repositories.get cloudbuild.repositories.list
cloudbuild.workerpools.create cloudbuild.workerpools.delete cloudbuild.workerpools.get cloudbuild.workerpools.list cloudbuild.workerpools.update cloudbuild.workerpools.use
cloudscheduler.jobs.create cloudscheduler.jobs.delete cloudscheduler.jobs.enable cloudscheduler.jobs.fullView cloudscheduler.jobs.get
cloudscheduler.jobs.list cloudscheduler.jobs.pause cloudscheduler.jobs.run cloudscheduler.jobs.update
cloudscheduler.locations.get cloudscheduler.locations.list
developerconnect.connections.create developerconnect.connections.delete developerconnect.connections.fetchLinkableGitRepositories developerconnect.connections.get
developerconnect.connections.list developerconnect.connections.update
developerconnect.gitRepositoryLinks.create developerconnect.gitRepositoryLinks.delete developerconnect.gitRepositoryLinks.fetchGitRefs
developerconnect.gitRepositoryLinks.fetchReadToken developerconnect.gitRepositoryLinks.fetchReadWriteToken
developerconnect.gitRepositoryLinks.get developerconnect.gitRepositoryLinks.list
developerconnect.locations.get developerconnect.locations.list developerconnect.operations.get developerconnect.operations.list
iam.roles.get iam.roles.list
iam.serviceAccounts.actAs iam.serviceAccounts.create iam.serviceAccounts.delete iam.serviceAccounts.disable iam.serviceAccounts.enable
iam.serviceAccounts.get iam.serviceAccounts.getAccessToken iam.serviceAccounts.getIamPolicy iam.serviceAccounts.getOpenIdToken
iam.serviceAccounts.list iam.serviceAccounts.setIamPolicy iam.serviceAccounts.signBlob iam.serviceAccounts.signJwt iam.serviceAccounts.update
logging.buckets.get logging.buckets.list logging.logEntries.create logging.logEntries.list logging.logEntries.route logging.logs.list logging.logs.delete logging.views.access
monitoring.timeSeries.create
orgpolicy.policy.get
pubsub.subscriptions.consume pubsub.subscriptions.create pubsub.subscriptions.delete pubsub.subscriptions.get pubsub.subscriptions.getIamPolicy
pubsub.subscriptions.list pubsub.subscriptions.setIamPolicy pubsub.subscriptions.update
pubsub.topics.attachSubscription pubsub.topics.create pubsub.topics.delete pubsub.topics.detachSubscription pubsub.topics.get pubsub.topics.getIamPolicy
pubsub.topics.list pubsub.topics.publish pubsub.topics.setIamPolicy pubsub.topics.update
resourcemanager.projects.create resourcemanager.projects.delete resourcemanager.projects.get resourcemanager.projects.getIamPolicy
resourcemanager.projects.list resourcemanager.projects.setIamPolicy resourcemanager.projects.update resourcemanager.projects.createBillingAssignment
run.configurations.get run.configurations.list run.locations.list run.operations.delete run.operations.get run.operations.list
run.executions.cancel run.executions.delete run.executions.get run.executions.list run.tasks.get run.tasks.list
run.jobs.create run.jobs.delete run.jobs.get run.jobs.getIamPolicy run.jobs.list run.jobs.run run.jobs.runWithOverrides run.jobs.setIamPolicy run.jobs.update
run.revisions.delete run.revisions.get run.revisions.list run.routes.get run.routes.invoke run.routes.list
run.services.create run.services.delete run.services.get run.services.getIamPolicy run.services.list run.services.setIamPolicy run.services.update
secretmanager.locations.get secretmanager.locations.list
secretmanager.secrets.create secretmanager.secrets.delete secretmanager.secrets.get secretmanager.secrets.getIamPolicy secretmanager.secrets.list
secretmanager.secrets.setIamPolicy secretmanager.secrets.update
secretmanager.versions.access secretmanager.versions.add secretmanager.versions.destroy secretmanager.versions.disable secretmanager.versions.enable
secretmanager.versions.get secretmanager.versions.list
serviceusage.operations.get serviceusage.operations.list serviceusage.quotas.get serviceusage.quotas.update serviceusage.services.disable serviceusage.services.enable
serviceusage.services.get serviceusage.services.list serviceusage.services.use
source.repos.get source.repos.list
storage.buckets.create storage.buckets.delete storage.buckets.get storage.buckets.getIamPolicy storage.buckets.list storage.buckets.setIamPolicy storage.buckets.update
storage.folders.get storage.folders.list storage.managedFolders.get storage.managedFolders.list
storage.multipartUploads.abort storage.multipartUploads.create storage.multipartUploads.list storage.multipartUploads.listParts
storage.objects.create storage.objects.delete storage.objects.get storage.objects.getIamPolicy storage.objects.list storage.objects.setIamPolicy storage.objects.update
`)
