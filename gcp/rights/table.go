package rights

import "slices"

// The roles that are granted.
const (
	buildsEditor    = "roles/cloudbuild.builds.editor"
	buildsViewer    = "roles/cloudbuild.builds.viewer"
	connections     = "roles/cloudbuild.connectionViewer"
	linkViewer      = "roles/developerconnect.viewer"
	tokenCreator    = "roles/iam.serviceAccountTokenCreator"
	accountUser     = "roles/iam.serviceAccountUser"
	usageConsumer   = "roles/serviceusage.serviceUsageConsumer"
	bucketViewer    = "roles/storage.bucketViewer"
	objectViewer    = "roles/storage.objectViewer"
	objectCreator   = "roles/storage.objectCreator"
	objectAdmin     = "roles/storage.objectAdmin"
	storageAdmin    = "roles/storage.admin"
	registryReader  = "roles/artifactregistry.reader"
	registryWriter  = "roles/artifactregistry.writer"
	registryRepo    = "roles/artifactregistry.repoAdmin"
	registryAdmin   = "roles/artifactregistry.admin"
	appViewer       = "roles/appengine.appViewer"
	appCreator      = "roles/appengine.appCreator"
	appDeployer     = "roles/appengine.deployer"
	appService      = "roles/appengine.serviceAdmin"
	appAdmin        = "roles/appengine.appAdmin"
	runViewer       = "roles/run.viewer"
	runDeveloper    = "roles/run.developer"
	runAdmin        = "roles/run.admin"
	runInvoker      = "roles/run.invoker"
	runJobs         = "roles/run.jobsExecutor"
	openIDCreator   = "roles/iam.serviceAccountOpenIdTokenCreator"
	logViewer       = "roles/logging.viewer"
	logWriter       = "roles/logging.logWriter"
	metricWriter    = "roles/monitoring.metricWriter"
	secretViewer    = "roles/secretmanager.viewer"
	secretAccessor  = "roles/secretmanager.secretAccessor"
	secretVersioner = "roles/secretmanager.secretVersionManager"
	publisher       = "roles/pubsub.publisher"
	secretAdmin     = "roles/secretmanager.admin"
	accountAdmin    = "roles/iam.serviceAccountAdmin"
	usageAdmin      = "roles/serviceusage.serviceUsageAdmin"
	policyAdmin     = "roles/resourcemanager.projectIamAdmin"
	policyViewer    = "roles/orgpolicy.policyViewer"
	schedulerViewer = "roles/cloudscheduler.viewer"
	schedulerRunner = "roles/cloudscheduler.jobRunner"
	schedulerAdmin  = "roles/cloudscheduler.admin"
)

type calls = []string

// table has the rights. Of two rows of an identity with one permission the first is the
// one that errors name.
var table = slices.Concat(general, ofPromotion, ofJobs)

// general has the rights by identity, but for those that only promotions or jobs need.
var general = []Right{
	{Person, "cloudbuild.builds.create", buildsEditor, Project, Always, false, calls{"cloudbuild.CreateBuild", "trigger.Create", "trigger.Run"}},
	{Person, "cloudbuild.builds.get", buildsEditor, Project, Always, false, calls{"cloudbuild.GetBuild", "project.DefaultAccount", "trigger.Get"}},
	{Person, "cloudbuild.builds.list", buildsEditor, Project, Always, false, calls{"cloudbuild.ListBuilds", "trigger.List"}},
	{Person, "cloudbuild.builds.update", buildsEditor, Project, Always, false, calls{"cloudbuild.CancelBuild", "trigger.Update", "trigger.Delete"}},
	{Person, "iam.serviceAccounts.actAs", accountUser, BuildsAccount, Always, false, calls{"cloudbuild.CreateBuild", "trigger.Create", "trigger.Update", "trigger.Run"}},
	{Person, "iam.serviceAccounts.actAs", accountUser, PullsAccount, Pulls, false, calls{"trigger.Create", "trigger.Update", "trigger.Run"}},
	{Person, "serviceusage.services.use", usageConsumer, Project, Always, false, calls{EveryCall}},
	{Person, "serviceusage.services.get", usageConsumer, Project, Always, true, calls{"project.Enabled", "appengine.EnabledAPI"}},
	{Person, "storage.buckets.list", bucketViewer, Project, DefaultPlace, false, calls{"storage.Buckets"}},
	{Person, "storage.objects.get", objectViewer, SourceBucket, Always, false, calls{"storage.Attrs", "storage.NewRangeReader"}},
	{Person, "storage.objects.create", objectCreator, SourceBucket, Always, false, calls{"storage.NewWriter"}},
	{Person, "storage.objects.get", objectViewer, LogsBucket, NamedLogs, true, calls{"storage.NewRangeReader"}},
	{Person, "artifactregistry.tags.get", registryReader, Repository, Always, false, calls{"registry.GetTag"}},
	{Person, "artifactregistry.tags.list", registryReader, Repository, Always, false, calls{"registry.ListTags"}},
	{Person, "artifactregistry.versions.get", registryReader, Repository, Always, false, calls{"registry.GetVersion"}},
	{Person, "artifactregistry.repositories.get", registryReader, Repository, Always, false, calls{"registry.GetRepository"}},
	{Person, "artifactregistry.repositories.downloadArtifacts", registryReader, Repository, Always, false, calls{"registry.Get"}},
	{Person, "run.services.get", runViewer, Project, Always, false, calls{"run.GetService"}},
	{Person, "appengine.applications.get", appViewer, Project, Always, false, calls{"appengine.GetApplication", "appengine.ListLocations"}},
	{Person, "appengine.services.get", appViewer, Project, Always, false, calls{"appengine.GetService"}},
	{Person, "appengine.services.list", appViewer, Project, Always, false, calls{"appengine.ListServices"}},
	{Person, "appengine.versions.list", appViewer, Project, Always, false, calls{"appengine.ListVersions"}},

	{Person, "storage.buckets.create", storageAdmin, Project, Setup, false, calls{"storage.Create"}},
	{Person, "artifactregistry.repositories.create", registryAdmin, Project, Setup, false, calls{"registry.CreateRepository"}},
	{Person, "artifactregistry.repositories.uploadArtifacts", registryWriter, Repository, Setup, false, calls{"registry.Push"}},
	{Person, "artifactregistry.repositories.update", registryAdmin, Project, Setup, false, calls{"registry.UpdateRepository"}},
	{Person, "artifactregistry.repositories.setIamPolicy", registryAdmin, Project, Setup, false, calls{"project.Change", "project.SetIamPolicy"}},
	{Person, "artifactregistry.repositories.getIamPolicy", registryAdmin, Project, Setup, false, calls{"project.Policy", "project.GetIamPolicy"}},
	{Person, "storage.buckets.update", storageAdmin, Project, Setup, false, calls{"storage.Update"}},
	{Person, "storage.buckets.setIamPolicy", storageAdmin, Project, Setup, false, calls{"project.Change", "project.SetIamPolicy"}},
	{Person, "storage.buckets.getIamPolicy", storageAdmin, Project, Setup, false, calls{"project.Policy", "project.GetIamPolicy"}},
	{Person, "iam.serviceAccounts.create", accountAdmin, Project, Setup, false, calls{"project.CreateAccount"}},
	{Person, "iam.serviceAccounts.enable", accountAdmin, Project, Setup, false, calls{"project.EnableAccount"}},
	{Person, "iam.serviceAccounts.get", accountAdmin, Project, Setup, false, calls{"project.Account"}},
	{Person, "iam.serviceAccounts.setIamPolicy", accountAdmin, Project, Setup, false, calls{"project.Change", "project.SetIamPolicy"}},
	{Person, "iam.serviceAccounts.getIamPolicy", accountAdmin, Project, Setup, false, calls{"project.Policy", "project.GetIamPolicy"}},
	{Person, "resourcemanager.projects.setIamPolicy", policyAdmin, Project, Setup, false, calls{"project.Change", "project.SetIamPolicy"}},
	{Person, "resourcemanager.projects.getIamPolicy", policyAdmin, Project, Setup, false, calls{"project.Policy", "project.GetIamPolicy"}},
	{Person, "serviceusage.services.enable", usageAdmin, Project, Setup, false, calls{"project.Enable", "project.BatchEnable"}},
	{Person, "appengine.applications.create", appCreator, Project, Setup, false, calls{"appengine.CreateApplication"}},
	{Person, "appengine.operations.get", appViewer, Project, Setup, false, calls{"appengine.GetOperation"}},
	{Person, "artifactregistry.repositories.delete", registryAdmin, Project, Undo, false, calls{"registry.DeleteRepository"}},
	{Person, "storage.buckets.delete", storageAdmin, Project, Undo, false, calls{"storage.Delete"}},
	{Person, "storage.objects.list", storageAdmin, Project, Undo, false, calls{"storage.Objects"}},
	{Person, "storage.objects.delete", storageAdmin, Project, Undo, false, calls{"storage.Delete"}},
	{Person, "iam.serviceAccounts.delete", accountAdmin, Project, Undo, false, calls{"project.DeleteAccount"}},
	{Person, "resourcemanager.projects.get", policyAdmin, Project, Doctor, true, calls{"project.Info", "project.Billed", "project.Permitted", "project.TestIamPermissions"}},
	{Person, "serviceusage.quotas.get", usageConsumer, Project, Doctor, true, calls{"project.Quota"}},
	{Person, "orgpolicy.policy.get", policyViewer, Project, Doctor, true, calls{"project.Constraint", "project.GetEffectivePolicy"}},
	{Person, "iam.serviceAccounts.getAccessToken", tokenCreator, Impersonated, Impersonate, false, calls{"gcp.GenerateAccessToken"}},
	{Person, "iam.serviceAccounts.getOpenIdToken", tokenCreator, Impersonated, Impersonate, true, calls{"gcp.GenerateIdToken"}},
	{Person, "secretmanager.versions.get", secretViewer, Secret, Secrets, true, calls{"secretmanager.GetSecretVersion"}},
	{Person, "secretmanager.secrets.get", secretViewer, Secret, Secrets, true, calls{"secretmanager.GetSecret"}},
	{Person, "secretmanager.versions.access", secretAccessor, LoginSecret, Logins, false, calls{"secretmanager.AccessSecretVersion"}},
	{Person, "secretmanager.versions.add", secretVersioner, LoginSecret, Logins, false, calls{"secretmanager.AddSecretVersion"}},
	{Person, "secretmanager.versions.destroy", secretVersioner, LoginSecret, Logins, true, calls{"secretmanager.DestroySecretVersion"}},
	{Person, "secretmanager.secrets.create", secretAdmin, Project, Logins, false, calls{"secretmanager.CreateSecret"}},
	{Person, "artifactregistry.tags.update", registryWriter, Repository, Refresh, false, calls{"registry.UpdateTag"}},
	{Person, "artifactregistry.repositories.downloadArtifacts", registryReader, PythonRepository, Indexes, true, calls{"service.AskIndex"}},
	{Person, "pubsub.topics.publish", publisher, Topic, Notify, true, calls{"notify.Publish"}},
	{Person, "secretmanager.versions.access", secretAccessor, WebhookSecret, Notify, true, calls{"secretmanager.AccessSecretVersion"}},
	{Person, "artifactregistry.dockerimages.list", registryReader, Repository, Prune, false, calls{"registry.ListDockerImages"}},
	{Person, "artifactregistry.versions.delete", registryRepo, Repository, Prune, false, calls{"registry.DeleteVersion"}},
	{Person, "artifactregistry.tags.delete", registryRepo, Repository, Prune, false, calls{"registry.DeleteVersion"}},
	{Person, "run.services.getIamPolicy", runViewer, Project, Always, true, calls{"run.GetIamPolicy"}},
	{Person, "run.services.setIamPolicy", runAdmin, Project, PublicAccess, true, calls{"run.SetIamPolicy"}},
	{Person, "run.routes.invoke", runInvoker, Project, Private, false, calls{"service.Answer"}},
	{Person, "run.services.list", runViewer, Project, Prune, false, calls{"run.ListServices"}},
	{Person, "run.revisions.list", runViewer, Project, Prune, false, calls{"run.ListRevisions"}},
	{Person, "run.revisions.list", runViewer, Project, History, false, calls{"run.ListRevisions"}},
	{Person, "run.services.update", runDeveloper, Project, Traffic, false, calls{"run.UpdateService"}},
	{Person, "run.services.list", runViewer, Project, Previews, false, calls{"run.ListServices"}},
	{Person, "run.services.delete", runDeveloper, Project, Previews, false, calls{"run.DeleteService"}},
	{Person, "run.services.create", runDeveloper, Project, Validation, true, calls{"run.CreateService"}},
	{Person, "run.services.update", runDeveloper, Project, Validation, true, calls{"run.UpdateService"}},
	{Person, "iam.serviceAccounts.actAs", accountUser, AppAccount, Validation, true, calls{"run.CreateService", "run.UpdateService"}},
	{Person, "run.revisions.delete", runDeveloper, Project, Traffic, true, calls{"run.DeleteRevision"}},
	{Person, "run.operations.get", runDeveloper, Project, Traffic, false, calls{"run.WaitOperation", "gcp.GetOperation"}},
	{Person, "iam.serviceAccounts.actAs", accountUser, AppAccount, Traffic, false, calls{"run.UpdateService"}},
	{Person, "appengine.operations.list", appViewer, Project, History, false, calls{"appengine.ListOperations"}},
	{Person, "appengine.services.update", appService, Project, Traffic, false, calls{"appengine.UpdateService"}},
	{Person, "appengine.versions.update", appService, Project, Traffic, false, calls{"appengine.UpdateVersion"}},
	{Person, "appengine.operations.get", appService, Project, Traffic, false, calls{"appengine.GetOperation"}},
	{Person, "cloudbuild.connections.list", connections, Project, Triggers, false, calls{"trigger.Connections"}},
	{Person, "cloudbuild.repositories.list", connections, Project, Triggers, false, calls{"trigger.Repositories"}},
	{Person, "cloudbuild.repositories.fetchGitRefs", connections, Project, Triggers, true, calls{"trigger.FetchGitRefs"}},
	{Person, "developerconnect.connections.list", linkViewer, Project, Triggers, true, calls{"trigger.Connections"}},
	{Person, "developerconnect.gitRepositoryLinks.list", linkViewer, Project, Triggers, true, calls{"trigger.Repositories"}},
	{Person, "logging.logEntries.list", logViewer, Project, ReadLogs, false, calls{"logging.ListLogEntries"}},
	{Person, "run.services.delete", runDeveloper, Project, Down, false, calls{"run.DeleteService"}},
	{Person, "appengine.services.delete", appService, Project, Down, false, calls{"appengine.DeleteService"}},
	{Person, "appengine.versions.delete", appService, Project, Down, false, calls{"appengine.DeleteVersion"}},
	{Person, "appengine.versions.update", appService, Project, Down, false, calls{"appengine.UpdateVersion"}},
	{Person, "appengine.operations.get", appService, Project, Down, false, calls{"appengine.GetOperation"}},
	{Person, "run.operations.get", runViewer, Project, Down, false, calls{"run.WaitOperation", "gcp.GetOperation"}},

	{Person, "cloudscheduler.jobs.get", schedulerViewer, Project, Schedules, false, calls{"schedule.GetJob"}},
	{Person, "cloudscheduler.jobs.list", schedulerViewer, Project, Schedules, false, calls{"schedule.ListJobs"}},
	{Person, "cloudscheduler.jobs.run", schedulerRunner, Project, Schedules, false, calls{"schedule.RunJob"}},
	{Person, "cloudscheduler.jobs.create", schedulerAdmin, Project, Schedules, false, calls{"schedule.CreateJob"}},
	{Person, "cloudscheduler.jobs.update", schedulerAdmin, Project, Schedules, false, calls{"schedule.UpdateJob"}},
	{Person, "cloudscheduler.jobs.delete", schedulerAdmin, Project, Schedules, false, calls{"schedule.DeleteJob"}},
	{Person, "cloudscheduler.jobs.pause", schedulerAdmin, Project, Schedules, false, calls{"schedule.PauseJob"}},
	{Person, "cloudscheduler.jobs.enable", schedulerAdmin, Project, Schedules, false, calls{"schedule.ResumeJob"}},
	{Person, "iam.serviceAccounts.actAs", accountUser, SchedulerAccount, Schedules, false, calls{"schedule.CreateJob", "schedule.UpdateJob"}},

	{Person, "cloudscheduler.jobs.list", schedulerViewer, Project, Cron, false, calls{"appengine.ListJobs"}},
	{Builds, "appengine.applications.update", appAdmin, Project, Dispatch, false, calls{"appengine.UpdateApplication"}},
	{Builds, "cloudscheduler.jobs.list", schedulerAdmin, Project, Cron, false, calls{"appengine.ListJobs"}},
	{Builds, "cloudscheduler.jobs.create", schedulerAdmin, Project, Cron, false, calls{"appengine.CreateJob"}},
	{Builds, "cloudscheduler.jobs.delete", schedulerAdmin, Project, Cron, false, calls{"appengine.DeleteJob"}},

	{Builds, "storage.objects.get", objectViewer, SourceBucket, Always, false, calls{"worker.FetchSource", "storage.Attrs", "storage.NewRangeReader"}},
	{Builds, "artifactregistry.repositories.downloadArtifacts", registryWriter, Repository, Always, false, calls{"worker.Pull", "registry.Get", "registry.Layer", "registry.Upload"}},
	{Builds, "artifactregistry.repositories.uploadArtifacts", registryWriter, Repository, Always, false, calls{"worker.Push", "registry.Push", "registry.Upload"}},
	{Builds, "artifactregistry.tags.get", registryWriter, Repository, Always, false, calls{"registry.GetTag"}},
	{Builds, "artifactregistry.tags.list", registryWriter, Repository, Always, false, calls{"registry.ListTags"}},
	{Builds, "artifactregistry.tags.create", registryWriter, Repository, Always, false, calls{"registry.CreateTag"}},
	{Builds, "artifactregistry.tags.update", registryWriter, Repository, Always, false, calls{"registry.UpdateTag"}},
	{Builds, "artifactregistry.versions.get", registryWriter, Repository, Always, false, calls{"registry.GetVersion"}},
	{Builds, "artifactregistry.tags.delete", registryRepo, Repository, Tidy, true, calls{"registry.DeleteTag"}},
	{Builds, "run.services.get", runDeveloper, Project, Always, false, calls{"run.GetService"}},
	{Builds, "run.services.create", runDeveloper, Project, Always, false, calls{"run.CreateService"}},
	{Builds, "run.services.update", runDeveloper, Project, Always, false, calls{"run.UpdateService"}},
	{Builds, "run.operations.get", runDeveloper, Project, Always, false, calls{"run.WaitOperation", "gcp.GetOperation"}},
	{Builds, "run.revisions.get", runDeveloper, Project, Always, true, calls{"run.GetRevision"}},
	{Builds, "run.revisions.delete", runDeveloper, Project, Always, true, calls{"run.DeleteRevision"}},
	{Builds, "run.services.list", runDeveloper, Project, OwnPreviews, true, calls{"run.ListServices"}},
	{Builds, "run.services.delete", runDeveloper, Project, OwnPreviews, true, calls{"run.DeleteService"}},
	{Builds, "logging.logEntries.list", logViewer, Project, AppLog, true, calls{"logging.ListLogEntries"}},
	{Builds, "appengine.applications.get", appDeployer, Project, Always, false, calls{"appengine.GetApplication"}},
	{Builds, "appengine.services.get", appDeployer, Project, Always, false, calls{"appengine.GetService"}},
	{Builds, "appengine.versions.list", appDeployer, Project, Always, false, calls{"appengine.ListVersions"}},
	{Builds, "appengine.versions.create", appDeployer, Project, Always, false, calls{"appengine.CreateVersion"}},
	{Builds, "appengine.operations.get", appDeployer, Project, Always, false, calls{"appengine.GetOperation"}},
	{Builds, "appengine.operations.list", appDeployer, Project, Always, false, calls{"appengine.ListOperations"}},
	{Builds, "appengine.services.update", appService, Project, Always, false, calls{"appengine.UpdateService"}},
	{Builds, "appengine.versions.update", appService, Project, Always, false, calls{"appengine.UpdateVersion"}},
	{Builds, "appengine.versions.delete", appService, Project, Always, false, calls{"appengine.DeleteVersion"}},
	{Builds, "iam.serviceAccounts.actAs", accountUser, AppAccount, Always, false, calls{"run.CreateService", "run.UpdateService", "run.CreateJob", "run.UpdateJob", "appengine.CreateVersion", "schedule.CreateJob", "schedule.UpdateJob"}},

	{Builds, "run.services.setIamPolicy", runAdmin, Project, PublicAccess, true, calls{"run.CreateService", "run.UpdateService", "run.SetIamPolicy"}},
	{Builds, "run.services.getIamPolicy", runDeveloper, Project, Always, true, calls{"run.GetIamPolicy"}},
	{Builds, "run.routes.invoke", runInvoker, Project, Private, true, calls{"service.Answer"}},
	{Builds, "iam.serviceAccounts.getOpenIdToken", openIDCreator, BuildsAccount, Private, true, calls{"gcp.GenerateIdToken"}},
	{Builds, "secretmanager.versions.access", secretAccessor, LoginSecret, Logins, false, calls{"worker.ReadSecret", "secretmanager.AccessSecretVersion"}},
	{Builds, "storage.objects.create", objectCreator, SourceBucket, InBuild, true, calls{"storage.NewWriter"}},
	{Builds, "storage.objects.create", objectAdmin, LogsBucket, NamedLogs, false, calls{"worker.WriteLog"}},
	{Builds, "storage.objects.delete", objectAdmin, LogsBucket, NamedLogs, false, calls{"worker.WriteLog"}},
	{Builds, "storage.buckets.create", storageAdmin, Project, DefaultLogs, false, calls{"worker.WriteLog"}},
	{Builds, "logging.logEntries.create", logWriter, Project, CloudLogging, true, calls{"worker.WriteLog"}},
	{Builds, "artifactregistry.repositories.downloadArtifacts", registryReader, PythonRepository, Indexes, false, calls{"service.AskIndex"}},
	{Builds, "pubsub.topics.publish", publisher, Topic, Notify, true, calls{"notify.Publish"}},
	{Builds, "secretmanager.versions.access", secretAccessor, WebhookSecret, Notify, true, calls{"secretmanager.AccessSecretVersion"}},

	{Builds, "artifactregistry.dockerimages.list", registryWriter, Repository, Pruning, false, calls{"registry.ListDockerImages"}},
	{Builds, "artifactregistry.versions.delete", registryRepo, Repository, Pruning, false, calls{"registry.DeleteVersion"}},
	{Builds, "run.services.list", runDeveloper, Project, Pruning, false, calls{"run.ListServices"}},
	{Builds, "appengine.services.list", appDeployer, Project, Pruning, false, calls{"appengine.ListServices"}},
	{Builds, "run.revisions.list", runDeveloper, Project, Pruning, false, calls{"run.ListRevisions"}},
	{Builds, "cloudbuild.builds.list", buildsViewer, Project, InBuild, false, calls{"cloudbuild.ListBuilds"}},
	{Builds, "cloudbuild.builds.get", buildsViewer, Project, InBuild, false, calls{"cloudbuild.GetBuild"}},

	{App, "secretmanager.versions.access", secretAccessor, Secret, Secrets, false, calls{"service.ReadSecret"}},
	{App, "artifactregistry.repositories.downloadArtifacts", registryReader, Repository, Machines, false, calls{"service.Pull"}},
	{App, "logging.logEntries.create", logWriter, Project, Machines, true, calls{"service.WriteLog"}},
	{App, "monitoring.timeSeries.create", metricWriter, Project, Machines, true, calls{"service.WriteMetric"}},

	{Scheduler, "cloudbuild.builds.create", buildsEditor, Project, Schedule, false, calls{"cloudbuild.CreateBuild"}},
	{Scheduler, "iam.serviceAccounts.actAs", accountUser, BuildsAccount, Schedule, false, calls{"cloudbuild.CreateBuild"}},

	{PullRequests, "artifactregistry.repositories.downloadArtifacts", registryWriter, Repository, Always, false, calls{"worker.Pull", "registry.Get", "registry.Layer", "registry.Upload"}},
	{PullRequests, "artifactregistry.repositories.uploadArtifacts", registryWriter, Repository, Always, false, calls{"worker.Push", "registry.Push", "registry.Upload"}},
	{PullRequests, "artifactregistry.repositories.get", registryWriter, Repository, Always, false, calls{"registry.GetRepository"}},
	{PullRequests, "artifactregistry.tags.get", registryWriter, Repository, Always, false, calls{"registry.GetTag"}},
	{PullRequests, "artifactregistry.tags.list", registryWriter, Repository, Always, false, calls{"registry.ListTags"}},
	{PullRequests, "artifactregistry.tags.create", registryWriter, Repository, Always, false, calls{"registry.CreateTag"}},
	{PullRequests, "artifactregistry.tags.update", registryWriter, Repository, Always, false, calls{"registry.UpdateTag"}},
	{PullRequests, "artifactregistry.versions.get", registryWriter, Repository, Always, false, calls{"registry.GetVersion"}},
	{PullRequests, "cloudbuild.builds.list", buildsViewer, Project, Always, false, calls{"cloudbuild.ListBuilds"}},
	{PullRequests, "logging.logEntries.create", logWriter, Project, Always, true, calls{"worker.WriteLog"}},
}
