// Package trigger turns what is to start deploys into Cloud Build's triggers, and
// makes the calls that keep them, and that find the repository a trigger is of.
// All of it is JSON: the generated types lack fields of triggers, and a message that
// went through them would lose what it has of those. What a trigger's build does it
// does not know.
package trigger

import (
	"encoding/json"
	"slices"
	"strings"
)

// Trigger is a trigger of Cloud Build's: what is read of it here, and in Raw all.
type Trigger struct {
	Name           string            `json:"name"`
	ID             string            `json:"id,omitempty"` // Cloud Build's own
	Description    string            `json:"description,omitempty"`
	Tags           []string          `json:"tags,omitempty"`
	Disabled       bool              `json:"disabled,omitempty"`
	ServiceAccount string            `json:"serviceAccount,omitempty"` // full name
	Repository     *Source           `json:"repositoryEventConfig,omitempty"`
	Link           *Source           `json:"developerConnectEventConfig,omitempty"`
	GitHub         *Source           `json:"github,omitempty"`
	SourceToBuild  *Ref              `json:"sourceToBuild,omitempty"`
	IncludedFiles  []string          `json:"includedFiles,omitempty"`
	IgnoredFiles   []string          `json:"ignoredFiles,omitempty"`
	Substitutions  map[string]string `json:"substitutions,omitempty"`
	Approval       *Approval         `json:"approvalConfig,omitempty"`
	Filename       string            `json:"filename,omitempty"`
	File           *File             `json:"gitFileSource,omitempty"`
	Build          json.RawMessage   `json:"build,omitempty"`

	Raw json.RawMessage `json:"-"` // as it was read
}

// Source is where events come from, and which of them count. Of the three names one
// is given: a repository of the second generation, a link of Developer Connect, and
// the first generation's owner and name.
type Source struct {
	Repository  string `json:"repository,omitempty"`
	Link        string `json:"gitRepositoryLink,omitempty"`
	Owner       string `json:"owner,omitempty"`
	Name        string `json:"name,omitempty"`
	Push        *Push  `json:"push,omitempty"`
	PullRequest *Pull  `json:"pullRequest,omitempty"`
}

// Push is a push to branches or tags; the names are regular expressions.
type Push struct {
	Branch string `json:"branch,omitempty"`
	Tag    string `json:"tag,omitempty"`
}

// Pull is a pull request into branches. CommentControl is always sent: to leave it
// out is not gcloud's default, but that everybody's requests run.
type Pull struct {
	Branch         string `json:"branch,omitempty"`
	CommentControl string `json:"commentControl,omitempty"`
}

// Ref is what a manual trigger builds.
type Ref struct {
	Repository string `json:"repository,omitempty"`
	URI        string `json:"uri,omitempty"`
	Ref        string `json:"ref,omitempty"`
	Type       string `json:"repoType,omitempty"`
}

// File is a build's file in the repository, for a manual trigger.
type File struct {
	Path       string `json:"path,omitempty"`
	Repository string `json:"repository,omitempty"`
	URI        string `json:"uri,omitempty"`
	Revision   string `json:"revision,omitempty"`
	Type       string `json:"repoType,omitempty"`
}

// Approval is whether somebody has to agree to each build.
type Approval struct {
	Required bool `json:"approvalRequired,omitempty"`
}

// Mark is the tag of triggers that were made here.
const Mark = "gcpdeploy"

// Ours says whether a trigger was made here.
func (t Trigger) Ours() bool { return slices.Contains(t.Tags, Mark) }

// serviceTag is the tag that names the service that a trigger deploys.
const serviceTag = "gcpdeploy-service-"

// ServiceTag marks the builds of triggers that deploy a service, or test it.
func ServiceTag(service string) string { return serviceTag + service }

// Service is which one a trigger of ours deploys.
func (t Trigger) Service() string {
	for _, tag := range t.Tags {
		if s, ok := strings.CutPrefix(tag, serviceTag); ok {
			return s
		}
	}
	return ""
}

// source is where its events come from; nil = it is run by hand, or by something else.
func (t Trigger) source() *Source {
	for _, s := range []*Source{t.Repository, t.Link, t.GitHub} {
		if s != nil {
			return s
		}
	}
	return nil
}

// Event is what starts it, and the expression that a branch or tag has to match.
func (t Trigger) Event() (Event, string) {
	switch s := t.source(); {
	case s == nil:
		return Manual, ""
	case s.PullRequest != nil:
		return PullRequest, s.PullRequest.Branch
	case s.Push != nil && s.Push.Tag != "":
		return Tag, s.Push.Tag
	case s.Push != nil:
		return Branch, s.Push.Branch
	}
	return Manual, ""
}

// Of is the repository, as people call it: "owner/name", or its name in a connection.
func (t Trigger) Of() string {
	name := ""
	switch s := t.source(); {
	case s == nil && t.SourceToBuild == nil:
	case s == nil && t.SourceToBuild.Repository != "":
		name = t.SourceToBuild.Repository
	case s == nil:
		return strings.TrimSuffix(strings.TrimPrefix(t.SourceToBuild.URI, "https://"), ".git")
	case s.Owner != "":
		return s.Owner + "/" + s.Name
	case s.Link != "":
		name = s.Link
	default:
		name = s.Repository
	}
	parts := strings.Split(name, "/")
	if len(parts) < 3 {
		return name
	}
	return parts[len(parts)-3] + "/" + parts[len(parts)-1] // CONNECTION/REPOSITORY
}

// Account is the e-mail address that its builds run as; "" = the project's default.
func (t Trigger) Account() string {
	return t.ServiceAccount[strings.LastIndexByte(t.ServiceAccount, '/')+1:]
}

// Builder is the builder image that its build runs; "" where the build is in a file.
func (t Trigger) Builder() string { return t.step().Name }

// Args are what it runs that with; none where the build is in a file.
func (t Trigger) Args() []string { return t.step().Args }

type step struct {
	Name string
	Args []string
}

// step is the one of its build; the zero step where the build is in a file.
func (t Trigger) step() step {
	var b struct{ Steps []step }
	if json.Unmarshal(t.Build, &b) != nil || len(b.Steps) != 1 {
		return step{}
	}
	return b.Steps[0]
}

// UnmarshalJSON keeps the whole message, too.
func (t *Trigger) UnmarshalJSON(data []byte) error {
	type plain Trigger
	if err := json.Unmarshal(data, (*plain)(t)); err != nil {
		return err
	}
	t.Raw = slices.Clone(data)
	return nil
}
