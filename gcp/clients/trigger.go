package clients

import (
	"cmp"
	"context"
	"regexp"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/project"
	"github.com/gcpdeploy/gcpdeploy/gcp/trigger"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Trigger is one of Cloud Build's.
type Trigger = trigger.Trigger

// TriggerAt is what of a repository a trigger is run for.
type TriggerAt = trigger.At

// TriggerChange is what an update of a trigger sends.
type TriggerChange = trigger.Change

// TriggerOptions say what starts deploys. What they leave out is found out.
type TriggerOptions struct {
	Name              string // "" = of the service, the environment and the event
	Event             trigger.Event
	Preview           bool   // pull requests are shown, by the account that releases
	Pattern           string // of branches, tags or base branches; "" = the default branch, and all tags
	CommentControl    string
	Remote            string // of the git repository: its name, or a URL
	Connection        string // where the repository is in several
	Included, Ignored []string
	Substitutions     map[string]string
	Approval          *bool
	Args              []string // of the step: "up", with the flags of InCheckout
	File              string   // of the build, in the repository; "" = the build is the trigger's own
}

// The events of triggers, and who may have pull requests built.
const (
	OnBranch      = trigger.Branch
	OnTag         = trigger.Tag
	OnPullRequest = trigger.PullRequest
	Manual        = trigger.Manual

	StrangersAsk, AllAsk, NobodyAsks = trigger.StrangersAsk, trigger.AllAsk, trigger.NobodyAsks
)

// Triggers are those of the project and the region of builds.
func (s *Set) Triggers() *trigger.Client {
	return trigger.New(s.access, s.Config.Project, cmp.Or(s.Config.BuildRegion(), "global"))
}

// Trigger is the trigger that deploys an app, as it is to be. builder is the builder
// image's digest.
func (s *Set) Trigger(ctx context.Context, app *engine.App, from App, o TriggerOptions, builder string) (Trigger, error) {
	tree, err := s.workTree(app, from, o.Remote)
	if err != nil {
		return Trigger{}, err
	}
	spec := trigger.Spec{
		Name: cmp.Or(o.Name, triggerName(s.Config, o)), Service: s.Config.Service, Event: o.Event, CommentControl: o.CommentControl,
		Ignored: o.Ignored, Included: o.Included, Substitutions: o.Substitutions, Approval: o.Approval, File: o.File,
	}
	if len(o.Included) == 0 {
		spec.Included = tree.includes()
	}
	by, err := s.forEvent(ctx, o.Event == trigger.PullRequest && !o.Preview)
	if err != nil {
		return Trigger{}, err
	}
	step := by.OneStep(builder, o.Args)
	step.Tags = []string{engine.Tag}
	spec.Account = cloudbuild.OneStep(step).GetServiceAccount()
	if spec.Of, err = s.repository(ctx, tree, o.Connection); err != nil {
		return Trigger{}, err
	}
	s.pattern(ctx, &spec, tree, o.Pattern)
	if err := spec.Validate(); err != nil {
		return Trigger{}, err
	}
	if o.File == "" {
		if err := cloudbuild.FitsOneStep(step); err != nil {
			return Trigger{}, err
		}
		if spec.Build, err = cloudbuild.JSON(step); err != nil {
			return Trigger{}, err
		}
	}
	return trigger.Make(spec), nil
}

// triggerName is the name of a trigger that nobody named.
func triggerName(c *config.Config, o TriggerOptions) string {
	on := string(o.Event)
	if o.Preview {
		on = "preview"
	}
	words := []string{c.Service, on}
	if c.Env != "" {
		words = []string{c.Service, c.Env, on}
	}
	return strings.Trim(notInName.ReplaceAllString(strings.Join(words, "-"), "-"), "-")
}

var notInName = regexp.MustCompile(`[^A-Za-z0-9-]+`)

// forEvent is the Set whose configuration holds for a trigger's builds. They name an
// account, as new projects want it: the configured one, or the one that builds run as that
// name none. Those that test pull requests have one of their own, which may write to no
// bucket: they run strangers' code, which those that show pull requests refuse.
func (s *Set) forEvent(ctx context.Context, tests bool) (*Set, error) {
	b := s.Config.Build
	switch {
	case tests && b.PullRequests != "":
		b.ServiceAccount, b.Logging, b.LogsBucket = b.PullRequests, config.CloudLoggingOnly, ""
	case tests && (b.ServiceAccount != "" || !s.local):
		return nil, errs.New(errs.Usage, "Run `gcpdeploy setup --pull-requests`, which makes one, or name build.pull_request_account.",
			"there is no account for builds of pull requests: with that of other builds a stranger's code would be near what serves")
	case b.ServiceAccount == "":
		email, err := project.New(s.access, s.Config.Project).DefaultAccount(ctx, s.Triggers().Region)
		if err != nil {
			return nil, err
		}
		if b.ServiceAccount = email; email == "" {
			return nil, errs.New(errs.Usage, "Run `gcpdeploy setup`, or name build.service_account.", "builds in %s have no account by default, and none is named", s.Config.Project)
		}
	}
	c, by := *s.Config, *s
	c.Build, by.Config = b, &c
	return &by, nil
}

// pattern puts in which branches or tags count.
func (s *Set) pattern(ctx context.Context, spec *trigger.Spec, at workTree, given string) {
	branch := ""
	if spec.Event == trigger.Manual || given == "" && spec.Event != trigger.Tag {
		branch = cmp.Or(at.repository.Default(at.remote), s.Triggers().FetchGitRefs(ctx, spec.Of), "main")
	}
	switch spec.Pattern = given; {
	case spec.Event == trigger.Manual:
		spec.Ref, spec.Pattern = "refs/heads/"+cmp.Or(given, branch), ""
	case given == "" && spec.Event == trigger.Tag:
		spec.Pattern = ".*"
	case given == "":
		spec.Pattern = "^" + regexp.QuoteMeta(branch) + "$"
	}
}
