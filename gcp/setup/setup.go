// Package setup is what a project has to have before the first deploy: one list
// of resources in the order in which they are made. Making them, showing what
// lacks, gcloud's commands, a Terraform module, and removing them again are views
// of that list. Which roles are granted is the table's in gcp/rights; how a call is
// made is gcp/project's, gcp/registry's and gcp/storage's.
package setup

import (
	"context"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/project"
	"github.com/gcpdeploy/gcpdeploy/gcp/registry"
	"github.com/gcpdeploy/gcpdeploy/gcp/rights"
	"github.com/gcpdeploy/gcpdeploy/gcp/storage"
)

// Resource is one thing that deploys need. What of it is text can be asked without
// a connection.
type Resource interface {
	Kind() string // for programs: "bucket"
	Name() string // for people, with its kind: "bucket gs://b"
	// Observe says how it stands. What lies behind an API that is not enabled, or in
	// something that is not there, is missing.
	Observe(ctx context.Context) (State, error)
	// Make makes it, or what lacks of it.
	Make(ctx context.Context) error
	// Remove removes what Make made. It is called where Observe said Ours or Added.
	Remove(ctx context.Context) error
	// Commands are the lines of a shell that do what Make does, given how it stands.
	Commands(State) []string
	// Terraform is its blocks of a module; "" = there are none.
	Terraform() string
}

// Found is whether something is there.
type Found string

// How a resource stands.
const (
	Missing Found = "missing"
	Differs Found = "differs" // there, and not as it is wanted
	Present Found = "present"
)

// State is a resource as it is.
type State struct {
	Found  Found
	Detail string // what lacks, or what it is
	Fix    string // what mends it, where that is not for setup; "" = Make does
	Ours   bool   // setup made it: it has the mark
	Added  bool   // somebody else did, and setup added to it what can be told apart
}

// The mark on what setup makes, by which undo knows it.
const (
	Label       = "managed-by"
	LabelValue  = "gcpdeploy"
	Description = "Made by gcpdeploy setup"
)

var mark = map[string]string{Label: LabelValue}

// Spec says what is wanted, and where.
type Spec struct {
	Project, Region, Repository string
	SourceBucket, LogsBucket    string
	Builds, App, Scheduler      string        // e-mail addresses of service accounts
	PullRequests                string        // that of builds of pull requests; "" = there are to be none
	Services                    []string      // APIs to enable: "run.googleapis.com"
	Deployers                   []string      // members who may deploy: "user:ada@example.com"
	AppSecrets, LoginSecrets    []string      // names of secrets that the app, and builds, read
	Indexes                     []Index       // of Artifact Registry, that packages come from
	Topics, WebhookSecrets      []string      // names of topics, and of secrets with URLs, that refreshes are told through
	KeptSecret                  string        // the one of those that deploys keep logins in, where there are some; "" = none
	CloudLogging                bool          // builds log to Cloud Logging, and to no bucket
	Private                     bool          // the app is to be called by those alone who may
	Also                        []rights.When // what the target needs beside what all do
	Unused                      []string      // APIs of targets that nothing is released to
}

// Cases are those of the table of rights that deploys bring about.
func (s Spec) Cases() rights.Cases {
	cases := []rights.When{rights.ReadLogs, rights.Schedule, rights.InBuild}
	if s.CloudLogging {
		cases = append(cases, rights.CloudLogging)
	} else {
		cases = append(cases, rights.NamedLogs)
	}
	if s.Private {
		cases = append(cases, rights.Private)
	}
	if s.PullRequests != "" {
		cases = append(cases, rights.Pulls)
	}
	return rights.Cases{When: append(cases, s.Also...), Without: s.Unused}
}

// Names of the service accounts that are made where none is configured.
const (
	buildsName    = "gcpdeploy-builds"
	appName       = "gcpdeploy-app"
	schedulerName = "gcpdeploy-schedules"
	pullsName     = "gcpdeploy-pull-requests"
)

// PullRequests is the service account that is made for builds of pull requests.
func PullRequests(in string) string { return project.Email(pullsName, in) }

// services are the APIs that any deploy needs; the target's come on top.
var services = []gcp.API{gcp.ArtifactRegistry, gcp.CloudBuild, gcp.ResourceManager, gcp.IAM, gcp.IAMCredentials, gcp.Logging, gcp.SecretManager, gcp.Storage}

// Complete gives the names that are not configured, and adds the APIs.
func (s Spec) Complete() Spec {
	for at, name := range map[*string]string{
		&s.SourceBucket: storage.SourceBucket(s.Project, s.Region),
		&s.LogsBucket:   storage.LogsBucket(s.Project, s.Region),
		&s.Builds:       project.Email(buildsName, s.Project),
		&s.App:          project.Email(appName, s.Project),
		&s.Scheduler:    project.Email(schedulerName, s.Project),
	} {
		if *at == "" {
			*at = name
		}
	}
	var all []string
	for _, api := range services {
		all = append(all, api.Service())
	}
	s.Services = append(all, s.Services...)
	return s
}

// Cloud is what resources are seen and made through.
type Cloud struct {
	Access   *gcp.Access
	Project  *project.Client
	Registry *registry.Client
	Storage  *storage.Client
}

// List is what a project needs, in the order in which it is made. own are the
// resources of the target: the project is nothing to it without them.
func List(c Cloud, s Spec, own ...Resource) []Resource {
	list := append([]Resource{apis{c, s.Project, s.Services}}, own...)
	for _, a := range accounts(c, s) {
		list = append(list, a)
	}
	list = append(list, repository{c, s}, bucket{c, s.Project, s.SourceBucket, s.Region, "source", sourceRules})
	if !s.CloudLogging {
		list = append(list, bucket{c, s.Project, s.LogsBucket, s.Region, "logs", logsRules})
	}
	for _, on := range []rights.Resource{rights.Project, rights.Repository, rights.SourceBucket, rights.LogsBucket, rights.BuildsAccount, rights.AppAccount, rights.PullsAccount} {
		if g := grantsOn(c, s, on); len(g.grants) > 0 {
			list = append(list, g)
		}
	}
	list = append(list, indexGrants(c, s)...)
	for _, name := range s.Topics {
		g := grants{cloud: c, spec: s, on: rights.Topic, name: name}
		g.add(rights.Builds, rights.Topic, rights.Notify)
		g.add(rights.Person, rights.Topic, rights.Notify)
		list = append(list, g)
	}
	secrets := slices.Concat(s.AppSecrets, s.LoginSecrets, s.WebhookSecrets)
	if s.KeptSecret != "" {
		secrets = append(secrets, s.KeptSecret)
	}
	slices.Sort(secrets)
	for _, name := range slices.Compact(secrets) {
		list = append(list, secretGrants(c, s, name))
	}
	return list
}

func accounts(c Cloud, s Spec) []account {
	all := []account{
		{c, s.Project, s.Builds, buildsName, "gcpdeploy: builds", "builds"},
		{c, s.Project, s.App, appName, "gcpdeploy: the running app", "app"},
		{c, s.Project, s.Scheduler, schedulerName, "gcpdeploy: scheduled builds", "schedules"},
	}
	if s.PullRequests != "" {
		all = append(all, account{c, s.Project, s.PullRequests, pullsName, "gcpdeploy: builds of pull requests", "pull_requests"})
	}
	return all
}
