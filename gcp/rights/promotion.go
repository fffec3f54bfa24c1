package rights

// ofPromotion has the rights of somebody who releases without a build: those that the
// account of builds has for its last steps.
var ofPromotion = []Right{
	{Person, "artifactregistry.repositories.uploadArtifacts", registryWriter, Repository, Promotion, false, calls{"registry.Push"}},
	{Person, "artifactregistry.tags.create", registryWriter, Repository, Promotion, false, calls{"registry.CreateTag"}},
	{Person, "run.services.create", runDeveloper, Project, Promotion, false, calls{"run.CreateService"}},
	{Person, "run.services.update", runDeveloper, Project, Promotion, false, calls{"run.UpdateService"}},
	{Person, "run.operations.get", runDeveloper, Project, Promotion, false, calls{"run.WaitOperation", "gcp.GetOperation"}},
	{Person, "run.revisions.get", runDeveloper, Project, Promotion, true, calls{"run.GetRevision"}},
	{Person, "run.revisions.delete", runDeveloper, Project, Promotion, true, calls{"run.DeleteRevision"}},
	{Person, "iam.serviceAccounts.actAs", accountUser, AppAccount, Promotion, false, calls{"run.CreateService", "run.UpdateService", "run.CreateJob", "run.UpdateJob", "appengine.CreateVersion", "schedule.CreateJob", "schedule.UpdateJob"}},
	{Person, "run.jobs.update", runDeveloper, Project, Promotion, false, calls{"run.UpdateJob"}},
	{Person, "appengine.versions.create", appDeployer, Project, Promotion, false, calls{"appengine.CreateVersion"}},
	{Person, "appengine.versions.update", appService, Project, Promotion, false, calls{"appengine.UpdateVersion"}},
	{Person, "appengine.versions.delete", appService, Project, Promotion, false, calls{"appengine.DeleteVersion"}},
	{Person, "appengine.services.update", appService, Project, Promotion, false, calls{"appengine.UpdateService"}},
	{Person, "appengine.operations.get", appService, Project, Promotion, false, calls{"appengine.GetOperation"}},
	{Person, "appengine.operations.list", appViewer, Project, Promotion, false, calls{"appengine.ListOperations"}},
	{Person, "logging.logEntries.list", logViewer, Project, Promotion, true, calls{"logging.ListLogEntries"}},
}
