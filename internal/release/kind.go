package release

import (
	"github.com/gcpdeploy/gcpdeploy/internal/appyaml"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

// Kind is a target as it is known without a connection.
type Kind struct {
	Title string // for people
	// Config is its part of the configuration; New must make a Section.
	Config config.Target
	// Contract says what a container of a release finds.
	Contract func(Spec) (Contract, error)
	// Needs is what has to be there before the first release to it.
	Needs Needs
	// Front says whether an answer with a status from 500 on, and that first line, is
	// the target's own: the app gave none. nil = every answer is the app's.
	Front func(status int, line string) bool
	// Public is the setting that lets everybody call a service, and Invoke what somebody
	// needs to call a private one; "" = no service is private.
	Public, Invoke string
	// Tag refuses what cannot be the tag of a revision of a service: see Spec.Tag. nil =
	// the target knows none.
	Tag func(service, tag string) error
	// Previews says that something can be shown beside what serves: see Spec.Preview.
	Previews bool
	// Splits are the ways to tell callers apart that somebody can choose from where
	// traffic is split; nil = there is no choice.
	Splits []string
	// Notes is what there is to say of a release before it is made, such as what it
	// keeps running; nil = nothing.
	Notes func(Spec) []string
	// Pages are those of Google's console that show a service, and its log.
	Pages func(Spec) (service, logs string)
	// Import says what becomes of an app.yaml; bundled is where the app uses services of
	// App Engine's own. ok is false where such an app cannot be released to the target.
	// nil = nothing is known.
	Import func(f *appyaml.File, bundled []string) (i Import, ok bool)
}

// Needs is what a project must have for a target.
type Needs struct {
	APIs []string // as they are enabled: "storage.googleapis.com"
	// Account is the key that names the account that the app runs as, and RunsAs its
	// value in a release, "" where there is none.
	Account string
	RunsAs  func(Spec) string
	Public  func(Spec) bool // a release is to be called by everybody
	// Secrets are those that a release reads beside the app's own (Spec.Secrets), as
	// SECRET:VERSION. nil = none.
	Secrets func(Spec) []string
	// Also gives what a release needs beside what any does: cases of the table of rights,
	// by their names, and APIs. nil = nothing.
	Also func(Spec) (cases, apis []string)
	// Agent is the service agent by which the target acts in the project; nil = none is
	// looked at.
	Agent *Agent
	// Own is the service as what rights are granted on; nil = it has no policy of its own.
	Own func(Spec) Own
	// Demand is what a release takes at most of something that projects have a quota
	// of; false: it does not say. nil = there is no such thing.
	Demand func(Spec) (Demand, bool)
}

// Agent is a service agent: an account of Google's own, one for each project.
type Agent struct {
	Domain string // service-NUMBER@DOMAIN.iam.gserviceaccount.com
	Role   string // that Google gives it on the project, and without which it can do nothing
}

// Demand is an amount of what a quota limits, in a region.
type Demand struct {
	API, Metric string // "run.googleapis.com", "run.googleapis.com/cpu_allocation"
	Amount      int64  // in the metric's unit
	Text        string // where it comes from, for people, up to the amount
	Show        func(amount int64) string
	Fits        func(limit int64) string // what of it a lower limit allows
}

// Own is a service that has a policy of its own, once it is there.
type Own struct {
	API   string // that it is a resource of: "run"
	Path  string // there
	Title string // for people
	// Permissions are those that a role on it can give, and a role on the project need
	// not: "run.services.get".
	Permissions []string
}
