package emulator

// right is what a gRPC method needs: a permission, and the field of its request that
// names the resource. Without a permission it asks nothing, or asks by itself.
type right struct{ permission, field string }

// methods are all gRPC methods that are served. A method without a row is refused to
// all but the owner. Source: each API's page of access control.
var methods = map[string]right{
	"google.api.serviceusage.v1.ServiceUsage/BatchEnableServices": {"serviceusage.services.enable", "parent"},
	"google.api.serviceusage.v1.ServiceUsage/BatchGetServices":    {"serviceusage.services.get", "parent"},
	"google.api.serviceusage.v1.ServiceUsage/DisableService":      {"serviceusage.services.disable", "name"},
	"google.api.serviceusage.v1.ServiceUsage/EnableService":       {"serviceusage.services.enable", "name"},
	"google.api.serviceusage.v1.ServiceUsage/GetService":          {"serviceusage.services.get", "name"},
	"google.api.serviceusage.v1.ServiceUsage/ListServices":        {"serviceusage.services.list", "parent"},

	"google.cloud.billing.v1.CloudBilling/GetProjectBillingInfo": {"resourcemanager.projects.get", "name"},

	"google.cloud.location.Locations/ListLocations": {}, // each API has a right of its own to it, which all that list anything there have

	"google.cloud.orgpolicy.v2.OrgPolicy/GetEffectivePolicy": {"orgpolicy.policy.get", "name"},

	"google.cloud.resourcemanager.v3.Projects/GetIamPolicy":       {"resourcemanager.projects.getIamPolicy", "resource"},
	"google.cloud.resourcemanager.v3.Projects/GetProject":         {"resourcemanager.projects.get", "name"},
	"google.cloud.resourcemanager.v3.Projects/SearchProjects":     {}, // shows what the caller may see
	"google.cloud.resourcemanager.v3.Projects/SetIamPolicy":       {"resourcemanager.projects.setIamPolicy", "resource"},
	"google.cloud.resourcemanager.v3.Projects/TestIamPermissions": {},

	"google.cloud.run.v2.Executions/CancelExecution": {"run.executions.cancel", "name"},
	"google.cloud.run.v2.Executions/DeleteExecution": {"run.executions.delete", "name"},
	"google.cloud.run.v2.Executions/GetExecution":    {"run.executions.get", "name"},
	"google.cloud.run.v2.Executions/ListExecutions":  {"run.executions.list", "parent"},
	"google.cloud.run.v2.Jobs/CreateJob":             {"run.jobs.create", "parent"},
	"google.cloud.run.v2.Jobs/DeleteJob":             {"run.jobs.delete", "name"},
	"google.cloud.run.v2.Jobs/GetIamPolicy":          {"run.jobs.getIamPolicy", "resource"},
	"google.cloud.run.v2.Jobs/GetJob":                {"run.jobs.get", "name"},
	"google.cloud.run.v2.Jobs/ListJobs":              {"run.jobs.list", "parent"},
	"google.cloud.run.v2.Jobs/RunJob":                {"run.jobs.run", "name"}, // and with overrides another, which it asks itself
	"google.cloud.run.v2.Jobs/SetIamPolicy":          {"run.jobs.setIamPolicy", "resource"},
	"google.cloud.run.v2.Jobs/TestIamPermissions":    {},
	"google.cloud.run.v2.Jobs/UpdateJob":             {"run.jobs.update", "job.name"},
	"google.cloud.run.v2.Tasks/GetTask":              {"run.tasks.get", "name"},
	"google.cloud.run.v2.Tasks/ListTasks":            {"run.tasks.list", "parent"},

	"google.cloud.run.v2.Revisions/DeleteRevision":    {"run.revisions.delete", "name"},
	"google.cloud.run.v2.Revisions/GetRevision":       {"run.revisions.get", "name"},
	"google.cloud.run.v2.Revisions/ListRevisions":     {"run.revisions.list", "parent"},
	"google.cloud.run.v2.Services/CreateService":      {"run.services.create", "parent"},
	"google.cloud.run.v2.Services/DeleteService":      {"run.services.delete", "name"},
	"google.cloud.run.v2.Services/GetIamPolicy":       {"run.services.getIamPolicy", "resource"},
	"google.cloud.run.v2.Services/GetService":         {"run.services.get", "name"},
	"google.cloud.run.v2.Services/ListServices":       {"run.services.list", "parent"},
	"google.cloud.run.v2.Services/SetIamPolicy":       {"run.services.setIamPolicy", "resource"},
	"google.cloud.run.v2.Services/TestIamPermissions": {},
	"google.cloud.run.v2.Services/UpdateService":      {"run.services.update", "service.name"},

	"google.cloud.scheduler.v1.CloudScheduler/CreateJob": {"cloudscheduler.jobs.create", "parent"},
	"google.cloud.scheduler.v1.CloudScheduler/DeleteJob": {"cloudscheduler.jobs.delete", "name"},
	"google.cloud.scheduler.v1.CloudScheduler/GetJob":    {"cloudscheduler.jobs.get", "name"},
	"google.cloud.scheduler.v1.CloudScheduler/ListJobs":  {"cloudscheduler.jobs.list", "parent"},
	"google.cloud.scheduler.v1.CloudScheduler/PauseJob":  {"cloudscheduler.jobs.pause", "name"},
	"google.cloud.scheduler.v1.CloudScheduler/ResumeJob": {"cloudscheduler.jobs.enable", "name"},
	"google.cloud.scheduler.v1.CloudScheduler/RunJob":    {"cloudscheduler.jobs.run", "name"},
	"google.cloud.scheduler.v1.CloudScheduler/UpdateJob": {"cloudscheduler.jobs.update", "job.name"},

	"google.cloud.secretmanager.v1.SecretManagerService/AccessSecretVersion":  {"secretmanager.versions.access", "name"},
	"google.cloud.secretmanager.v1.SecretManagerService/AddSecretVersion":     {"secretmanager.versions.add", "parent"},
	"google.cloud.secretmanager.v1.SecretManagerService/CreateSecret":         {"secretmanager.secrets.create", "parent"},
	"google.cloud.secretmanager.v1.SecretManagerService/DeleteSecret":         {"secretmanager.secrets.delete", "name"},
	"google.cloud.secretmanager.v1.SecretManagerService/DestroySecretVersion": {"secretmanager.versions.destroy", "name"},
	"google.cloud.secretmanager.v1.SecretManagerService/DisableSecretVersion": {"secretmanager.versions.disable", "name"},
	"google.cloud.secretmanager.v1.SecretManagerService/EnableSecretVersion":  {"secretmanager.versions.enable", "name"},
	"google.cloud.secretmanager.v1.SecretManagerService/GetIamPolicy":         {"secretmanager.secrets.getIamPolicy", "resource"},
	"google.cloud.secretmanager.v1.SecretManagerService/GetSecret":            {"secretmanager.secrets.get", "name"},
	"google.cloud.secretmanager.v1.SecretManagerService/GetSecretVersion":     {"secretmanager.versions.get", "name"},
	"google.cloud.secretmanager.v1.SecretManagerService/ListSecretVersions":   {"secretmanager.versions.list", "parent"},
	"google.cloud.secretmanager.v1.SecretManagerService/ListSecrets":          {"secretmanager.secrets.list", "parent"},
	"google.cloud.secretmanager.v1.SecretManagerService/SetIamPolicy":         {"secretmanager.secrets.setIamPolicy", "resource"},
	"google.cloud.secretmanager.v1.SecretManagerService/TestIamPermissions":   {},
	"google.cloud.secretmanager.v1.SecretManagerService/UpdateSecret":         {"secretmanager.secrets.update", "secret.name"},

	"google.devtools.artifactregistry.v1.ArtifactRegistry/CreateRepository":   {"artifactregistry.repositories.create", "parent"},
	"google.devtools.artifactregistry.v1.ArtifactRegistry/CreateTag":          {"artifactregistry.tags.create", "parent"},
	"google.devtools.artifactregistry.v1.ArtifactRegistry/DeletePackage":      {"artifactregistry.packages.delete", "name"},
	"google.devtools.artifactregistry.v1.ArtifactRegistry/DeleteRepository":   {"artifactregistry.repositories.delete", "name"},
	"google.devtools.artifactregistry.v1.ArtifactRegistry/DeleteTag":          {"artifactregistry.tags.delete", "name"},
	"google.devtools.artifactregistry.v1.ArtifactRegistry/DeleteVersion":      {"artifactregistry.versions.delete", "name"},
	"google.devtools.artifactregistry.v1.ArtifactRegistry/GetDockerImage":     {"artifactregistry.dockerimages.get", "name"},
	"google.devtools.artifactregistry.v1.ArtifactRegistry/GetIamPolicy":       {"artifactregistry.repositories.getIamPolicy", "resource"},
	"google.devtools.artifactregistry.v1.ArtifactRegistry/GetPackage":         {"artifactregistry.packages.get", "name"},
	"google.devtools.artifactregistry.v1.ArtifactRegistry/GetRepository":      {"artifactregistry.repositories.get", "name"},
	"google.devtools.artifactregistry.v1.ArtifactRegistry/GetTag":             {"artifactregistry.tags.get", "name"},
	"google.devtools.artifactregistry.v1.ArtifactRegistry/GetVersion":         {"artifactregistry.versions.get", "name"},
	"google.devtools.artifactregistry.v1.ArtifactRegistry/ListDockerImages":   {"artifactregistry.dockerimages.list", "parent"},
	"google.devtools.artifactregistry.v1.ArtifactRegistry/ListPackages":       {"artifactregistry.packages.list", "parent"},
	"google.devtools.artifactregistry.v1.ArtifactRegistry/ListRepositories":   {"artifactregistry.repositories.list", "parent"},
	"google.devtools.artifactregistry.v1.ArtifactRegistry/ListTags":           {"artifactregistry.tags.list", "parent"},
	"google.devtools.artifactregistry.v1.ArtifactRegistry/ListVersions":       {"artifactregistry.versions.list", "parent"},
	"google.devtools.artifactregistry.v1.ArtifactRegistry/SetIamPolicy":       {"artifactregistry.repositories.setIamPolicy", "resource"},
	"google.devtools.artifactregistry.v1.ArtifactRegistry/TestIamPermissions": {},
	"google.devtools.artifactregistry.v1.ArtifactRegistry/UpdateRepository":   {"artifactregistry.repositories.update", "repository.name"},
	"google.devtools.artifactregistry.v1.ArtifactRegistry/UpdateTag":          {"artifactregistry.tags.update", "tag.name"},

	"google.devtools.cloudbuild.v1.CloudBuild/ApproveBuild":             {"cloudbuild.builds.approve", "name"},
	"google.devtools.cloudbuild.v1.CloudBuild/CancelBuild":              {"cloudbuild.builds.update", "name"},
	"google.devtools.cloudbuild.v1.CloudBuild/CreateBuild":              {"cloudbuild.builds.create", "parent"},
	"google.devtools.cloudbuild.v1.CloudBuild/CreateBuildTrigger":       {"cloudbuild.builds.create", "parent"},
	"google.devtools.cloudbuild.v1.CloudBuild/DeleteBuildTrigger":       {"cloudbuild.builds.update", "name"},
	"google.devtools.cloudbuild.v1.CloudBuild/GetBuild":                 {"cloudbuild.builds.get", "name"},
	"google.devtools.cloudbuild.v1.CloudBuild/GetBuildTrigger":          {"cloudbuild.builds.get", "name"},
	"google.devtools.cloudbuild.v1.CloudBuild/GetDefaultServiceAccount": {"cloudbuild.builds.get", "name"},
	"google.devtools.cloudbuild.v1.CloudBuild/ListBuildTriggers":        {"cloudbuild.builds.list", "parent"},
	"google.devtools.cloudbuild.v1.CloudBuild/ListBuilds":               {"cloudbuild.builds.list", "parent"},
	"google.devtools.cloudbuild.v1.CloudBuild/ListWorkerPools":          {"cloudbuild.workerpools.list", "parent"},
	"google.devtools.cloudbuild.v1.CloudBuild/RetryBuild":               {"cloudbuild.builds.create", "name"},
	"google.devtools.cloudbuild.v1.CloudBuild/RunBuildTrigger":          {"cloudbuild.builds.create", "name"},
	"google.devtools.cloudbuild.v1.CloudBuild/UpdateBuildTrigger":       {"cloudbuild.builds.update", "trigger.resource_name"},

	"google.devtools.cloudbuild.v2.RepositoryManager/BatchCreateRepositories":   {"cloudbuild.repositories.create", "parent"},
	"google.devtools.cloudbuild.v2.RepositoryManager/CreateConnection":          {"cloudbuild.connections.create", "parent"},
	"google.devtools.cloudbuild.v2.RepositoryManager/CreateRepository":          {"cloudbuild.repositories.create", "parent"},
	"google.devtools.cloudbuild.v2.RepositoryManager/DeleteConnection":          {"cloudbuild.connections.delete", "name"},
	"google.devtools.cloudbuild.v2.RepositoryManager/DeleteRepository":          {"cloudbuild.repositories.delete", "name"},
	"google.devtools.cloudbuild.v2.RepositoryManager/FetchGitRefs":              {"cloudbuild.repositories.fetchGitRefs", "repository"},
	"google.devtools.cloudbuild.v2.RepositoryManager/FetchLinkableRepositories": {"cloudbuild.connections.fetchLinkableRepositories", "connection"},
	"google.devtools.cloudbuild.v2.RepositoryManager/GetConnection":             {"cloudbuild.connections.get", "name"},
	"google.devtools.cloudbuild.v2.RepositoryManager/GetRepository":             {"cloudbuild.repositories.get", "name"},
	"google.devtools.cloudbuild.v2.RepositoryManager/ListConnections":           {"cloudbuild.connections.list", "parent"},
	"google.devtools.cloudbuild.v2.RepositoryManager/ListRepositories":          {"cloudbuild.repositories.list", "parent"},
	"google.devtools.cloudbuild.v2.RepositoryManager/UpdateConnection":          {"cloudbuild.connections.update", "connection.name"},

	"google.iam.admin.v1.IAM/CreateServiceAccount":  {"iam.serviceAccounts.create", "name"},
	"google.iam.admin.v1.IAM/DeleteServiceAccount":  {"iam.serviceAccounts.delete", "name"},
	"google.iam.admin.v1.IAM/DisableServiceAccount": {"iam.serviceAccounts.disable", "name"},
	"google.iam.admin.v1.IAM/EnableServiceAccount":  {"iam.serviceAccounts.enable", "name"},
	"google.iam.admin.v1.IAM/GetIamPolicy":          {"iam.serviceAccounts.getIamPolicy", "resource"},
	"google.iam.admin.v1.IAM/GetRole":               {}, // predefined ones are public
	"google.iam.admin.v1.IAM/GetServiceAccount":     {"iam.serviceAccounts.get", "name"},
	"google.iam.admin.v1.IAM/ListRoles":             {},
	"google.iam.admin.v1.IAM/ListServiceAccounts":   {"iam.serviceAccounts.list", "name"},
	"google.iam.admin.v1.IAM/PatchServiceAccount":   {"iam.serviceAccounts.update", "service_account.name"},
	"google.iam.admin.v1.IAM/SetIamPolicy":          {"iam.serviceAccounts.setIamPolicy", "resource"},
	"google.iam.admin.v1.IAM/TestIamPermissions":    {},

	"google.iam.credentials.v1.IAMCredentials/GenerateAccessToken": {"iam.serviceAccounts.getAccessToken", "name"},
	"google.iam.credentials.v1.IAMCredentials/GenerateIdToken":     {"iam.serviceAccounts.getOpenIdToken", "name"},

	"google.logging.v2.LoggingServiceV2/ListLogEntries": {"logging.logEntries.list", "resource_names"},

	"google.pubsub.v1.Publisher/CreateTopic":         {"pubsub.topics.create", ""},
	"google.pubsub.v1.Publisher/DeleteTopic":         {"pubsub.topics.delete", "topic"},
	"google.pubsub.v1.Publisher/GetTopic":            {"pubsub.topics.get", "topic"},
	"google.pubsub.v1.Publisher/ListTopics":          {"pubsub.topics.list", ""},
	"google.pubsub.v1.Publisher/Publish":             {"pubsub.topics.publish", "topic"},
	"google.pubsub.v1.Subscriber/Acknowledge":        {"pubsub.subscriptions.consume", "subscription"},
	"google.pubsub.v1.Subscriber/CreateSubscription": {"pubsub.subscriptions.create", ""}, // and the topic, which it asks itself
	"google.pubsub.v1.Subscriber/DeleteSubscription": {"pubsub.subscriptions.delete", "subscription"},
	"google.pubsub.v1.Subscriber/GetSubscription":    {"pubsub.subscriptions.get", "subscription"},
	"google.pubsub.v1.Subscriber/ListSubscriptions":  {"pubsub.subscriptions.list", ""},
	"google.pubsub.v1.Subscriber/ModifyAckDeadline":  {"pubsub.subscriptions.consume", "subscription"},
	"google.pubsub.v1.Subscriber/Pull":               {"pubsub.subscriptions.consume", "subscription"},

	// The resource says whose policy it is, and so which right that needs.
	"google.iam.v1.IAMPolicy/GetIamPolicy":       {},
	"google.iam.v1.IAMPolicy/SetIamPolicy":       {},
	"google.iam.v1.IAMPolicy/TestIamPermissions": {},

	// An operation's name is a secret of who began it.
	"google.longrunning.Operations/GetOperation":  {},
	"google.longrunning.Operations/WaitOperation": {},
}
