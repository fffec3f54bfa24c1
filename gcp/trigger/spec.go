package trigger

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Event is what starts a trigger's builds.
type Event string

// The events that there are.
const (
	Branch      Event = "push"
	Tag         Event = "tag"
	PullRequest Event = "pull-request"
	Manual      Event = "manual"
)

// Who may have a pull request built without somebody's word, in Cloud Build's words.
const (
	StrangersAsk = "COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY" // those who may not write to the repository
	AllAsk       = "COMMENTS_ENABLED"
	NobodyAsks   = "COMMENTS_DISABLED"
)

// Spec says what a trigger is to be.
type Spec struct {
	Name, Service  string
	Event          Event
	Pattern        string // the branch, tag or base branch, as RE2 reads it
	CommentControl string // of pull requests
	Ref            string // that a manual trigger builds: "refs/heads/main"
	Of             Repository
	Account        string // full name; "" = the project's default
	Included       []string
	Ignored        []string          // nil = those that it has stay
	Substitutions  map[string]string // nil = those that it has stay
	Approval       *bool             // nil = as it is
	Build          json.RawMessage   // inline; nil = it is in File
	File           string
}

var nameForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,62}[A-Za-z0-9])?$`)

// Validate refuses what Cloud Build would not take, or not as it was meant.
func (s Spec) Validate() error {
	switch {
	case !nameForm.MatchString(s.Name):
		return errs.New(errs.Usage, "Name it with --name.", "a trigger's name has 1 to 64 letters, digits and dashes, with no dash at its ends, which %q is not", s.Name)
	case s.Event == Manual && s.Of.Kind == DeveloperConnect:
		return errs.New(errs.Usage, "Take --branch-pattern, --tag-pattern or --pull-request, or connect the repository by `gcloud builds connections create`.",
			"repositories of Developer Connect have no manual triggers")
	}
	if _, err := regexp.Compile(s.Pattern); err != nil {
		return errs.New(errs.Usage, "Write it as RE2 takes it: ^main$, ^release/.*$.", "the pattern %q: %w", s.Pattern, err)
	}
	return nil
}

// description says on Cloud Build's pages whose it is.
const description = "Made by gcpdeploy trigger create"

// Make is the trigger.
func Make(s Spec) Trigger {
	t := Trigger{
		Name: s.Name, Description: description, ServiceAccount: s.Account,
		Substitutions: s.Substitutions, Build: s.Build,
	}
	if s.Event != Manual { // who runs it by hand means it
		t.IncludedFiles, t.IgnoredFiles = s.Included, s.Ignored
	}
	if s.Approval != nil {
		t.Approval = &Approval{*s.Approval}
	}
	switch {
	case s.Build != nil:
	case s.Event == Manual:
		t.File = &File{Path: s.File, Repository: s.Of.resource(), URI: s.Of.uri(), Revision: s.Ref, Type: s.Of.repoType()}
	default:
		t.Filename = s.File
	}
	if s.Event == Manual {
		t.SourceToBuild = &Ref{Repository: s.Of.resource(), URI: s.Of.uri(), Ref: s.Ref, Type: s.Of.repoType()}
	} else {
		s.events(&t)
	}
	t.Tags = []string{Mark, serviceTag + s.Service, specTag + sum(t)}
	return t
}

// events puts in where events come from.
func (s Spec) events(t *Trigger) {
	from := &Source{}
	switch s.Of.Kind {
	case Second:
		from.Repository, t.Repository = s.Of.Name, from
	case DeveloperConnect:
		from.Link, t.Link = s.Of.Name, from
	case First:
		from.Owner, from.Name, _ = strings.Cut(s.Of.Name, "/")
		t.GitHub = from
	}
	switch s.Event {
	case Branch:
		from.Push = &Push{Branch: s.Pattern}
	case Tag:
		from.Push = &Push{Tag: s.Pattern}
	case PullRequest:
		from.PullRequest = &Pull{Branch: s.Pattern, CommentControl: s.CommentControl}
	}
}

// specTag is the tag with the sum of what was asked for last, so that what is left
// out of it now is seen.
const specTag = "gcpdeploy-spec-"

func sum(t Trigger) string {
	data, err := json.Marshal(t)
	if err != nil {
		panic(err) // a Trigger holds nothing that JSON cannot say
	}
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:8])
}
