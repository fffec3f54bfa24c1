package clients

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/project"
	"github.com/gcpdeploy/gcpdeploy/gcp/rights"
	"github.com/gcpdeploy/gcpdeploy/gcp/setup"
	"github.com/gcpdeploy/gcpdeploy/gcp/storage"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/notify"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/suggest"
)

// Setup is what the project of a Set needs, and what makes it.
type Setup struct {
	Set   *Set
	Spec  setup.Spec
	cloud setup.Cloud
	List  []setup.Resource
}

// SetupOptions say what of setup is wanted beyond what any deploy needs.
type SetupOptions struct {
	Deployers    []string // members who may deploy; they get the roles of a person
	Only         []string // kinds of resources; none = all
	PullRequests bool     // the account of their builds, where the settings name none
	All          bool     // whatever setup may have made for other settings, to undo it
}

// Setup gives what deploys of the configuration need.
func (s *Set) Setup(from App, o SetupOptions) (_ Setup, err error) {
	only := o.Only
	for _, kind := range only {
		if !slices.Contains(SetupKinds, kind) {
			return Setup{}, errs.New(errs.Usage, suggest.Hint(kind, SetupKinds), "--only must be one of %s, not %q", strings.Join(SetupKinds, ", "), kind)
		}
	}
	c := s.Config
	needs := s.target.Needs
	of := release.Of(c)
	topics, webhooks := told(c)
	also, more := s.also(of, o.All)
	apis := slices.Concat(needs.APIs, more)
	if len(topics) > 0 {
		apis = append(apis, gcp.PubSub.Service())
	}
	spec := setup.Spec{
		Project: c.Project, Region: c.Home(), Repository: c.Repository, Services: apis, Deployers: o.Deployers,
		SourceBucket: ofRegion(c.Build.SourceBucket, c, storage.SourceBucket), LogsBucket: ofRegion(c.Build.LogsBucket, c, storage.LogsBucket),
		Builds: c.Build.ServiceAccount, App: needs.RunsAs(of), PullRequests: c.Build.PullRequests,
		AppSecrets: secretsOf(slices.Values(s.read(of))), LoginSecrets: secretsOf(slices.Values([]string{c.Wheels.NetrcSecret})),
		Indexes: s.pythonRepositories(from), Topics: topics, WebhookSecrets: webhooks,
		KeptSecret: keptSecret(c), CloudLogging: c.Build.Logging == config.CloudLoggingOnly, Private: !needs.Public(of), Also: also,
	}.Complete()
	if !o.All {
		spec.Unused = s.target.unused()
	}
	if (o.PullRequests || o.All) && spec.PullRequests == "" {
		spec.PullRequests = setup.PullRequests(c.Project)
	}
	cloud := setup.Cloud{Access: s.access, Project: project.New(s.access, c.Project), Registry: s.reg, Storage: s.storage}
	settings := setup.Settings{Env: c.Env, Line: s.again(from, "settings")}
	if s.local {
		settings = setup.Settings{File: s.deps.emulated(c.Project, c.Home()), Title: "settings of the emulators", Line: settings.Line}
	} else if settings.File, err = config.FileOf(from.Input(s.deps)); err != nil {
		return Setup{}, err
	}
	settings.Keys = keysOf(spec, needs, c)
	var own []setup.Resource
	if s.target.setup != nil {
		own = s.target.setup(s.access, c)
	}
	list := append(setup.List(cloud, spec, own...),
		settings,
		setup.Builder{Cloud: cloud, Package: plan.Builder, Version: s.deps.Version(), Push: func(ctx context.Context) error { return s.builderImage(ctx, from.BuilderSource, spec) }, Line: s.again(from, "builder")},
	)
	list = slices.DeleteFunc(list, func(r setup.Resource) bool { return len(only) > 0 && !slices.Contains(only, r.Kind()) })
	return Setup{s, spec, cloud, list}, nil
}

// also is what the target needs of a release, beside what all need; with all it is
// whatever targets may need.
func (s *Set) also(of release.Spec, all bool) (cases []rights.When, apis []string) {
	if all {
		return []rights.When{rights.Machines, rights.Dispatch, rights.Cron}, nil
	}
	if s.target.Needs.Also == nil {
		return nil, nil
	}
	named, apis := s.target.Needs.Also(of)
	for _, name := range named {
		cases = append(cases, rights.When(name))
	}
	return cases, apis
}

// told are the project's own topics and secrets that refreshes are told through.
func told(c *config.Config) (topics, secrets []string) {
	for _, s := range c.Wheels.Notify {
		switch d, _ := notify.Parse(s); {
		case d.Topic != "" && !strings.Contains(d.Topic, "/"):
			topics = append(topics, d.Topic)
		case d.Secret != "" && !strings.Contains(d.Secret, "/"):
			secrets = append(secrets, d.Secret)
		}
	}
	slices.Sort(topics)
	return slices.Compact(topics), secrets
}

// keptSecret is where deploys keep logins of package indexes that they are given;
// "" where the configuration names another secret, or no service yet.
func keptSecret(c *config.Config) string {
	if c.Service == "" || c.Wheels.NetrcSecret != "" {
		return ""
	}
	return plan.NetrcSecret(c.Service)
}

// ofRegion is a configured name, unless setup made it for another region.
func ofRegion(name string, c *config.Config, made func(project, region string) string) string {
	mine := made(c.Project, "REGION")
	before, after, _ := strings.Cut(mine, "REGION")
	region, ok := strings.CutPrefix(name, before)
	if region, of := strings.CutSuffix(region, after); ok && of && isRegion.MatchString(region) {
		return ""
	}
	return name
}

var isRegion = regexp.MustCompile(`^[a-z]+-[a-z]+[0-9]+$`)

// keysOf are the keys whose values setup chose.
func keysOf(s setup.Spec, needs release.Needs, c *config.Config) map[string]string {
	chosen := setup.Spec{Project: s.Project, Region: s.Region}.Complete()
	keys := map[string]string{}
	for key, v := range map[string][2]string{
		"build.service_account": {s.Builds, chosen.Builds}, "build.source_bucket": {s.SourceBucket, chosen.SourceBucket},
		"build.logs_bucket": {s.LogsBucket, chosen.LogsBucket}, needs.Account: {s.App, chosen.App},
		"build.pull_request_account": {s.PullRequests, setup.PullRequests(s.Project)},
	} {
		if v[0] == v[1] {
			keys[key] = v[0]
		}
	}
	if c.Build.Logging == config.CloudLoggingOnly {
		delete(keys, "build.logs_bucket")
	}
	return keys
}

// again is the command that does one kind of setup alone, for the same app.
func (s *Set) again(app App, kind string) string {
	c := s.Config
	words := append([]string{"gcpdeploy", "setup", "--only=" + kind, "--project=" + c.Project, "--region=" + c.Home(), "--repository=" + c.Repository}, s.toTarget()...)
	words = append(words, "--yes")
	if kind == builderKind {
		words = append(words, s.builderSource(app.BuilderSource)...)
	}
	return strings.Join(append(words, app.Same()...), " ")
}

// Again are the words of a command line that lead to the same target.
func (s Setup) Again() []string { return s.Set.toTarget() }

// Undecided is what somebody has to choose where all is to be made, or nil.
func (s Setup) Undecided() error {
	var steps []setup.Step
	for _, r := range s.List {
		steps = append(steps, setup.Step{Resource: r, State: setup.State{Found: setup.Missing}})
	}
	return setup.Undecided(steps)
}

// toTarget are the words that lead to the target, where no file says it.
func (s *Set) toTarget() []string {
	if c := s.Config; c.Target != targets[0].Config.Name && !c.InFile("target") {
		return []string{"--target=" + c.Target}
	}
	return nil
}

// Observe looks at all of it.
func (s Setup) Observe(ctx context.Context) []setup.Step { return setup.Observe(ctx, s.List) }

// Apply makes what lacks.
func (s Setup) Apply(ctx context.Context, lack []setup.Step, p setup.Progress) error {
	return setup.Apply(ctx, s.Set.access, lack, p)
}

// Terraform is a module of all that Terraform can make.
func (s Setup) Terraform() string { return setup.Module(s.List) }

// Undo gives what to remove, in order. A repository that something runs images of
// is not removed.
func (s Setup) Undo(ctx context.Context, steps []setup.Step) ([]setup.Step, error) {
	undo, err := setup.Undo(ctx, s.cloud, s.Spec, steps)
	if err != nil {
		return nil, err
	}
	for _, step := range undo {
		if step.Kind() == "repository" && step.Ours {
			if err := s.unused(ctx); err != nil {
				return nil, err
			}
		}
	}
	return undo, nil
}

func (s Setup) unused(ctx context.Context) error {
	used, err := users{Set: s.Set}.Uses(ctx)
	for _, u := range used {
		for _, image := range u.Images {
			if strings.HasPrefix(image, s.Set.reg.Repository()+"/") {
				return errs.New(errs.Usage, "Remove it with `gcpdeploy down --service "+u.Service+"` first, or name the other repository.",
					"the service %s runs an image of the repository that would be removed", u.Service)
			}
		}
	}
	return err
}

var isRelease = regexp.MustCompile(`^v[0-9]+\.[0-9]+\.[0-9]+$`)
