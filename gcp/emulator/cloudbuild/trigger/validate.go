package trigger

import (
	"path"
	"regexp"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
)

// Limits of substitutions. Source: cloud.google.com/build/docs/configuring-builds/substitute-variable-values
const (
	maxKey   = 100
	maxValue = 4000
)

// Bare is what Google says of a trigger without more words.
var Bare = status.Error(codes.InvalidArgument, "Request contains an invalid argument.")

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, "generic::invalid_argument: "+format, args...)
}

func missing(what string) error {
	return status.Errorf(codes.Unimplemented, "%s are not emulated", what)
}

// Validate refuses a trigger of a location as Google does, or as not emulated. It
// does not look whether what the trigger names is there.
func Validate(t *Trigger, location string) error {
	if !named.MatchString(t.GetName()) {
		return invalid("invalid trigger name %q: it must consist of 1 to 64 letters, digits and dashes, and begin and end with a letter or digit", t.GetName())
	}
	if t.GetServiceAccount() != "" && !account.MatchString(t.GetServiceAccount()) {
		return invalid("invalid service account %q: must be projects/{project}/serviceAccounts/{account}", t.GetServiceAccount())
	}
	if err := emulated(t); err != nil {
		return err
	}
	s, err := SourceOf(t)
	if err != nil {
		return invalid("%v", err)
	}
	if err := s.validate(t, location); err != nil {
		return err
	}
	if err := template(t, s, location); err != nil {
		return err
	}
	for key, value := range t.GetSubstitutions() {
		if !userKey.MatchString(key) || len(key) > maxKey {
			return invalid("substitution key %q does not respect format %q", key, userKey)
		}
		if len(value) > maxValue {
			return invalid("value of substitution %q is longer than %d characters", key, maxValue)
		}
	}
	for _, glob := range append(append([]string{}, t.GetIncludedFiles()...), t.GetIgnoredFiles()...) {
		if _, err := path.Match(strings.ReplaceAll(glob, "**", "*"), ""); err != nil || glob == "" {
			return invalid("invalid file glob %q", glob)
		}
	}
	if want := EventType(t); want != "" && want != "EVENT_TYPE_UNSPECIFIED" && want != map[bool]string{true: "MANUAL", false: "REPO"}[s.Manual()] {
		return invalid("event_type %s does not fit the trigger's configuration", want)
	}
	return nil
}

// emulated refuses what Google takes and is not done here.
func emulated(t *Trigger) error {
	switch {
	case t.GetTriggerTemplate() != nil:
		return missing("triggers of Cloud Source Repositories")
	case t.GetPubsubConfig() != nil:
		return missing("Pub/Sub triggers")
	case t.GetWebhookConfig() != nil:
		return missing("webhook triggers")
	case t.GetAutodetect():
		return missing("triggers that find their build file by themselves")
	case t.GetFilter() != "":
		return missing("filters in CEL")
	}
	return nil
}

func (s Source) validate(t *Trigger, location string) error {
	if s.GitHub == nil && s.Repository == "" && s.Link == "" {
		if t.GetRepositoryEventConfig() != nil || s.Push != nil || s.Pull != nil {
			return invalid("the event's repository is missing")
		}
		return nil
	}
	switch {
	case s.GitHub != nil && (s.GitHub.GetOwner() == "" || s.GitHub.GetName() == ""):
		return invalid("github: owner and name must be given")
	case s.Repository != "" && !Repository.MatchString(s.Repository):
		return invalid("invalid repository %q: must be projects/{project}/locations/{location}/connections/{connection}/repositories/{repository}", s.Repository)
	case s.Link != "" && !Link.MatchString(s.Link):
		return invalid("invalid git repository link %q: must be projects/{project}/locations/{location}/connections/{connection}/gitRepositoryLinks/{link}", s.Link)
	case s.Push == nil && s.Pull == nil:
		return invalid("the event must be a push or a pull request")
	}
	if err := sameRegion(s.Repository+s.Link, location); err != nil {
		return err
	}
	expr := s.Push.GetBranch() + s.Push.GetTag() + s.Pull.GetBranch()
	if expr == "" {
		return invalid("the event must name a branch or a tag")
	}
	if _, err := regexp.Compile(expr); err != nil {
		return invalid("%q is no regular expression of RE2: %v", expr, err)
	}
	return nil
}

// sameRegion wants a repository, if it has one, in the trigger's region.
func sameRegion(repository, location string) error {
	if parts := strings.Split(repository, "/"); len(parts) > 3 && parts[3] != location {
		return invalid("the repository is in %q, and the trigger in %q: both must be in one region", parts[3], location)
	}
	return nil
}

// template checks what is built, and of manual triggers from where.
func template(t *Trigger, s Source, location string) error {
	from, file := t.GetSourceToBuild(), t.GetGitFileSource()
	switch {
	case t.GetBuildTemplate() == nil:
		return invalid("a trigger must have a build template: build, filename or git_file_source")
	case !s.Manual() && from != nil:
		return invalid("source_to_build is only for triggers that do not respond to events of a repository")
	case !s.Manual() && file != nil && file.GetRepository()+file.GetUri() == "":
		return invalid("git_file_source: repository or uri must be given")
	case s.Manual() && t.GetFilename() != "":
		return invalid("a trigger without an event has no commit to read %q from: use git_file_source and source_to_build", t.GetFilename())
	case s.Manual() && file != nil && from == nil:
		return invalid("a trigger with git_file_source and without an event must have source_to_build")
	case file != nil && file.GetPath() == "":
		return invalid("git_file_source.path must be given")
	}
	if from != nil {
		if !strings.HasPrefix(from.GetRef(), "refs/") {
			return invalid("source_to_build.ref %q must begin with refs/", from.GetRef())
		}
		if err := place(from.GetRepository(), from.GetUri(), from.GetRepoType() == 0, location); err != nil {
			return err
		}
	}
	if file != nil {
		if err := place(file.GetRepository(), file.GetUri(), file.GetRepoType() == 0, location); err != nil {
			return err
		}
	}
	if b := t.GetBuild(); b != nil {
		if err := worker.Validate(b); err != nil {
			return invalid("%v", err)
		}
	}
	return nil
}

// place checks where a manual trigger's source or file is.
func place(repository, uri string, untyped bool, location string) error {
	switch {
	case (repository == "") == (uri == ""):
		return invalid("one of repository and uri must be given")
	case uri != "" && untyped:
		return invalid("repo_type of %q must be given", uri)
	case repository != "" && !Repository.MatchString(repository):
		return invalid("invalid repository %q: must be projects/{project}/locations/{location}/connections/{connection}/repositories/{repository}", repository)
	}
	return sameRegion(repository, location)
}
