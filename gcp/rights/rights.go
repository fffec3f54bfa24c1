// Package rights is the one table of who needs which permission for which call,
// and which predefined role gives it on which resource. Setup grants from it,
// doctor looks by it, errors name from it, and docs/rights.md is made of it. It
// holds values, and calls nobody.
package rights

import (
	"slices"
	"strings"
)

// Identity is one of those that act on a project.
type Identity string

// The identities that there are.
const (
	Person       Identity = "person"        // who runs gcpdeploy, or the CI that does
	Builds       Identity = "builds"        // the account that builds run as
	App          Identity = "app"           // the account that the service runs as
	Scheduler    Identity = "scheduler"     // the account that starts scheduled builds
	PullRequests Identity = "pull requests" // the account that builds of pull requests run as
)

// Resource is what a role is granted on: the smallest that will do.
type Resource string

// The resources that there are. Project stands where nothing smaller exists.
const (
	Project          Resource = "project"
	SourceBucket     Resource = "source bucket"
	LogsBucket       Resource = "logs bucket"
	Repository       Resource = "repository"
	BuildsAccount    Resource = "builds' service account"
	AppAccount       Resource = "app's service account"
	PullsAccount     Resource = "pull requests' service account"
	Secret           Resource = "secret"         // each that the app gets
	LoginSecret      Resource = "login secret"   // logins of package indexes
	PythonRepository Resource = "package index"  // of Artifact Registry
	Topic            Resource = "topic"          // that people are told through
	WebhookSecret    Resource = "webhook secret" // with a URL that people are told through
	SchedulerAccount Resource = "scheduler's service account"
	Impersonated     Resource = "impersonated service account"
)

// When is what makes a right necessary.
type When string

// The cases that there are.
const (
	Always       When = ""
	Setup        When = "setup, or a first deploy without it"
	PublicAccess When = "public access"
	Private      When = "no public access"
	Secrets      When = "secrets of the app"
	Logins       When = "package indexes with a login"
	NamedLogs    When = "build.logs_bucket"
	DefaultLogs  When = "no build.logs_bucket"
	DefaultPlace When = "no build.source_bucket"
	CloudLogging When = "build logs in Cloud Logging"
	ReadLogs     When = "logs"
	Refresh      When = "wheels refresh"
	Indexes      When = "package indexes of Artifact Registry"
	Notify       When = "wheels.notify"
	Prune        When = "wheels list and prune"
	Down         When = "down"
	Traffic      When = "traffic and rollback"
	Validation   When = "settings that change are looked at before a build"
	History      When = "traffic, rollback and releases"
	AppLog       When = "a release that fails shows the app's log"
	Tidy         When = "what a failed build left is removed by the next one"
	Schedule     When = "schedules"
	Schedules    When = "schedule"
	Pruning      When = "schedule create --prune"
	Triggers     When = "trigger create"
	Pulls        When = "triggers of pull requests"
	InBuild      When = "deploys from a trigger or a schedule"
	Undo         When = "setup --undo"
	Doctor       When = "doctor"
	Impersonate  When = "impersonate_service_account"
	Machines     When = "a target that runs the app on machines of the project"
	Dispatch     When = "dispatch rules of a release"
	Cron         When = "cron jobs of a release"
	Jobs         When = "jobs"
	JobRuns      When = "job run and job delete"
	JobSchedules When = "jobs with a schedule"
	Promotion    When = "promote: in the environment that is released to"
)

// Cases say which rights somebody needs in a project, beside those that all do.
type Cases struct {
	When    []When
	Without []string // APIs of targets that nothing is released to: "run.googleapis.com"
}

// Need says whether a right is needed.
func (c Cases) Need(r Right) bool {
	api, _, _ := strings.Cut(r.Permission, ".")
	return (r.When == Always || slices.Contains(c.When, r.When)) && !slices.Contains(c.Without, api+".googleapis.com")
}

// Right is one permission that one identity needs.
type Right struct {
	Who        Identity
	Permission string // as Google writes it: "artifactregistry.tags.get"
	Role       string // the least predefined one that has it
	On         Resource
	When       When
	Optional   bool     // without it something is not told, and nothing fails
	Calls      []string // that need it: "registry.GetTag" is GetTag in gcp/registry; "worker.…" are a build's worker's, "service.…" those of what is deployed
}

// EveryCall stands for all calls of a person: each is charged to a project's quota.
const EveryCall = "every call"

// Table is all rights that there are, by identity.
func Table() []Right { return slices.Clone(table) }

// Grant is a role on a resource.
type Grant struct {
	Role string
	On   Resource
}

// Grants are the roles that an identity needs, each once.
func Grants(who Identity, in Cases) (all []Grant) {
	for _, r := range table {
		g := Grant{r.Role, r.On}
		if r.Who == who && in.Need(r) && !slices.Contains(all, g) {
			all = append(all, g)
		}
	}
	return all
}

// Find gives the right of an identity for a permission, however its name is
// capitalized: Google does it in more than one way. Where the identity has none it
// is the first of another one.
func Find(who Identity, permission string) (Right, bool) {
	var found Right
	for _, r := range table {
		if !strings.EqualFold(r.Permission, permission) {
			continue
		}
		if r.Who == who {
			return r, true
		}
		if found.Role == "" {
			found = r
		}
	}
	return found, found.Role != ""
}

// ForCall gives the rights that an identity needs for a call: "cloudbuild.CreateBuild".
func ForCall(who Identity, call string) (all []Right) {
	for _, r := range table {
		if r.Who == who && slices.Contains(r.Calls, call) {
			all = append(all, r)
		}
	}
	return all
}
