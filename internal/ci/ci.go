// Package ci tells where a run comes from: which system started it, for which
// commit, branch, tag or pull request of which repository. It reads the variables
// that Cloud Build, GitHub Actions, GitLab, Drone and Woodpecker document, and
// nothing else; what a variable cannot truly hold is taken as not said, so that
// an Origin can be printed, compared, and sent to Google as it is.
package ci

import "strings"

// The systems that are known.
const (
	CloudBuild = "cloud-build"
	GitHub     = "github"
	GitLab     = "gitlab"
	Drone      = "drone"
	Woodpecker = "woodpecker"
)

// Event is what a run was started for.
type Event string

// The events, as all systems have them. Another one is Other.
const (
	Push        Event = "push" // of a branch
	TagPush     Event = "tag"
	PullRequest Event = "pull_request"
	Schedule    Event = "schedule"
	Manual      Event = "manual"
	Other       Event = "other"
)

// Lookup gives a variable of the environment, as os.LookupEnv does.
type Lookup func(string) (string, bool)

// Origin is where a run comes from. What the system does not say is "".
type Origin struct {
	System  string `json:"system"`            // one of the constants above
	Project string `json:"project,omitempty"` // Cloud Build's alone, as is Region
	Region  string `json:"region,omitempty"`
	Account string `json:"account,omitempty"` // e-mail that a Cloud Build runs as, where it says so

	Build    string `json:"build,omitempty"`     // its ID or number
	BuildURL string `json:"build_url,omitempty"` // the page that shows it
	Trigger  string `json:"trigger,omitempty"`   // of Cloud Build; the workflow elsewhere

	Event      Event  `json:"event"`
	Commit     string `json:"commit,omitempty"`     // that is checked out, in hexadecimal digits
	Branch     string `json:"branch,omitempty"`     // that was pushed; of a pull request "": it has HeadBranch and BaseBranch
	Tag        string `json:"tag,omitempty"`        // that was pushed
	Repository string `json:"repository,omitempty"` // owner/name, or its name alone where no more is said

	PullRequest    string `json:"pull_request,omitempty"` // its number
	HeadBranch     string `json:"head_branch,omitempty"`  // what it wants merged
	BaseBranch     string `json:"base_branch,omitempty"`  // into what
	HeadRepository string `json:"head_repository,omitempty"`

	// EventFile is where GitHub tells more: WithEvent reads it.
	EventFile string `json:"-"`
}

// Find tells where this run comes from. ok is false where no system that is known
// started it.
func Find(lookup Lookup) (o Origin, ok bool) {
	if lookup == nil {
		return Origin{}, false
	}
	v := variables{lookup}
	switch {
	// Woodpecker's variables are meant for plugins of Drone, too; its own come first.
	case v.is("CI", "woodpecker"), v.is("CI_SYSTEM_NAME", "woodpecker"):
		o = woodpecker(v)
	case v.is("DRONE", "true"):
		o = drone(v)
	case v.is("GITHUB_ACTIONS", "true"):
		o = github(v)
	case v.is("GITLAB_CI", "true"):
		o = gitlab(v)
	case inCloudBuild(v):
		o = cloudBuild(v)
	default:
		return Origin{}, false
	}
	return o.settled(), true
}

// settled leaves an event no more than it is about.
func (o Origin) settled() Origin {
	if o.Event == Other && o.PullRequest != "" { // a review, or what a system of tomorrow has: its code runs
		o.Event = PullRequest
	}
	if o.Event != PullRequest {
		o.PullRequest, o.HeadBranch, o.BaseBranch, o.HeadRepository = "", "", "", ""
		return o
	}
	o.Branch, o.Tag = "", ""
	return o
}

// Fork tells whether this is a pull request from another repository: of somebody
// who need not have any right to this one. Where a system does not say which
// repository it comes from, as Drone and Woodpecker (whose variables name branches
// alone), it counts as another one.
func (o Origin) Fork() bool {
	return o.Event == PullRequest && (o.HeadRepository == "" || !sameRepository(o.HeadRepository, o.Repository))
}

// sameRepository compares owner/name, or names where one of both is no more.
func sameRepository(a, b string) bool {
	if a == "" || b == "" {
		return false
	}
	if !strings.Contains(b, "/") {
		return false // a name is no proof of an owner
	}
	return strings.EqualFold(a, b)
}

// Ref is what was pushed or asked for, for people: a tag, a branch, a pull request.
func (o Origin) Ref() string {
	switch {
	case o.PullRequest != "":
		return "pull request " + o.PullRequest
	case o.Tag != "":
		return "tag " + o.Tag
	case o.Branch != "":
		return "branch " + o.Branch
	}
	return ""
}
