package config

import (
	"slices"
	"strings"
	"time"
)

// Form is how a flag takes its value.
type Form int

// The forms of flags.
const (
	Text Form = iota // one value
	List             // may be given several times, or comma separated
	Bool             // no value needed
)

// Group is what a flag is about: the heading that it stands under in --help.
type Group string

// The groups of flags.
const (
	GroupWhere   Group = "Where"
	GroupWhat    Group = "What to build" // what decides the images
	GroupTests   Group = "Tests"         // what is checked before an image is released
	GroupService Group = "Service"       // how the image is run
	GroupBuild   Group = "Build"         // how and where builds run
	GroupSetup   Group = "Setup"         // what setup makes
	GroupOwn     Group = ""              // of few commands: among their own flags
)

// key is one setting: its name in the file, its flag, how it is read.
type key struct {
	name, flag string
	group      Group
	form       Form
	usage      string
	set        Setter
}

// table is every setting there is, in the order of the documentation. The
// variable of a.b_c is GCPDEPLOY_A_B_C.
func (s schema) table() []key {
	variables := both(CheckVariable, s.chosen.Variable)
	table := []key{
		{"app", "app", GroupWhere, Text, "`FOLDER` of the app in a repository of several, relative to --source", SetText(func(c *Config) *string { return &c.App }, checkApp)},
		{"service", "service", GroupWhere, Text, "name of the service (default: the directory's name)", SetText(func(c *Config) *string { return &c.Service }, both(checkService, s.chosen.Service))},
		{"project", "project", GroupWhere, Text, "project ID (default: gcloud's)", SetText(func(c *Config) *string { return &c.Project }, projectForm)},
		{"region", "region", GroupWhere, Text, "region, or one of regions (default: gcloud's run/region)", SetText(func(c *Config) *string { return &c.Region }, checkRegion)},
		{"regions", "regions", GroupWhere, List, "several regions in place of one; the first has the images and the builds, and is released to first", SetList(func(c *Config) *[]string { return &c.Regions }, checkRegion)},
		{"regions_together", "regions-together", GroupWhere, Bool, "release to all regions after the first at once, and not one after the other", SetBool(func(c *Config) *bool { return &c.RegionsTogether })},
		{"repository", "repository", GroupWhere, Text, "name of the Artifact Registry repository", SetText(func(c *Config) *string { return &c.Repository }, repoForm)},
		{"impersonate_service_account", "impersonate-service-account", GroupWhere, Text, "service `ACCOUNT` to call Google as; of several, between commas, the last one by way of the others (default: gcloud's)", setAccounts(func(c *Config) *[]string { return &c.Caller.Impersonate })},
		{"python", "python", GroupWhat, Text, "Python minor version, such as 3.12", SetText(func(c *Config) *string { return &c.Python }, checkPython)},
		{"base_image", "base-image", GroupWhat, Text, "image that wheels and runtime build on (default: python:VERSION-slim)", SetText(func(c *Config) *string { return &c.BaseImage }, imageForm)},
		{"requirements", "requirements", GroupWhat, List, "requirements `FILE`s relative to the app", SetList(func(c *Config) *[]string { return &c.Requirements }, checkAppFile)},
		{"system_packages.build", "build-packages", GroupWhat, List, "Debian packages needed to build wheels", SetList(func(c *Config) *[]string { return &c.SystemPackages.Build }, debianForm)},
		{"system_packages.runtime", "runtime-packages", GroupWhat, List, "Debian packages needed at run time", SetList(func(c *Config) *[]string { return &c.SystemPackages.Runtime }, debianForm)},
		{"wheels.no_binary", "no-binary", GroupWhat, List, "packages to build from source, or :all:", SetList(func(c *Config) *[]string { return &c.Wheels.NoBinary }, pypiForm)},
		{"wheels.only_binary", "only-binary", GroupWhat, List, "packages never to build from source, or :all:", SetList(func(c *Config) *[]string { return &c.Wheels.OnlyBinary }, pypiForm)},
		{"wheels.index_url", "index-url", GroupWhat, Text, "`URL` of the package index", SetText(func(c *Config) *string { return &c.Wheels.IndexURL }, checkIndexURL)},
		{"wheels.netrc_secret", "netrc-secret", GroupWhat, Text, "`SECRET[:VERSION]` of Secret Manager with the indexes' logins, as a netrc file", SetText(func(c *Config) *string { return &c.Wheels.NetrcSecret }, checkNetrcSecret)},
		{"wheels.credentials_command", "credentials-command", GroupWhat, Text, "command that prints an index's login, given its host and a user", setCommand(func(c *Config) *[]string { return &c.Wheels.CredentialsCommand })},
		{"wheels.max_age", "max-age", GroupWhat, Text, "how old the installed packages may get before they are resolved again, such as 720h (default: any age)", SetDuration(func(c *Config) *time.Duration { return &c.Wheels.MaxAge }, 10*365*24*time.Hour)},
		{"wheels.build_env", "build-env", GroupWhat, List, "`KEY=VALUE`s of the packages' builds, such as CFLAGS=-O3", setBuildEnv(func(c *Config) *map[string]string { return &c.Wheels.BuildEnv }, variables)},
		{"wheels.config_settings", "config-settings", GroupWhat, List, "`PACKAGE:KEY=VALUE`s for build backends, as pip's --config-settings", setSettings(func(c *Config) *map[string][]string { return &c.Wheels.ConfigSettings })},
		{"wheels.build_constraints", "build-constraints", GroupWhat, List, "limits on what packages are built with, such as setuptools<81", SetList(func(c *Config) *[]string { return &c.Wheels.BuildConstraints }, CheckConstraint)},
		{"wheels.lock_build_requirements", "lock-build-requirements", GroupWhat, Text, "`FILE` with the versions that packages are built with, which `gcpdeploy wheels lock` writes", SetText(func(c *Config) *string { return &c.Wheels.LockBuildRequirements }, checkAppFile)},
		{"wheels.skip_imports", "skip-imports", GroupWhat, List, "modules that need not be importable in the runtime image", SetList(func(c *Config) *[]string { return &c.Wheels.SkipImports }, moduleForm)},
		{"wheels.notify", "notify", GroupOwn, List, "whom to tell of a refresh: topic:NAME of Pub/Sub, or webhook:SECRET[:VERSION], a secret with its URL", SetList(func(c *Config) *[]string { return &c.Wheels.Notify }, checkNotify)},
		{"wheels.notify_on", "notify-on", GroupOwn, Text, "of which ends to tell: failure, change (failures, and what was promoted), always (default: failure)", SetText(func(c *Config) *string { return &c.Wheels.NotifyOn }, checkNotifyOn)},
		{"slim.remove", "slim", GroupWhat, List, "what to remove from installed packages: tests and docs that they do not use themselves, and symbols of shared objects", SetList(func(c *Config) *[]string { return &c.Slim.Remove }, OneOf(Tests, Docs, Symbols))},
		{"slim.keep", "slim-keep", GroupWhat, List, "packages that nothing is removed from", SetList(func(c *Config) *[]string { return &c.Slim.Keep }, projectName)},
		{"entrypoint", "entrypoint", GroupWhat, Text, "command that starts the app", setCommand(func(c *Config) *[]string { return &c.Entrypoint })},
		{"test", "test", GroupTests, Bool, "run the tests before releasing", nil},
		{"test.command", "test-command", GroupTests, Text, "command that tests the app", setCommand(func(c *Config) *[]string { return &c.Test.Command })},
		{"test.requirements", "test-requirements", GroupTests, List, "requirements `FILE`s that only the tests need", SetList(func(c *Config) *[]string { return &c.Test.Requirements }, checkAppFile)},
		{"test.env", "test-env", GroupTests, List, "`KEY=VALUE`s of the tests", SetMap(func(c *Config) *map[string]string { return &c.Test.Env }, variables, AnyText)},
		{"test.services", "", GroupTests, Text, "servers that the tests need, by name: an image, or image, env, port and ready", setServices(func(c *Config) *[]TestService { return &c.Test.Services })},
		{"start", "start", GroupTests, Bool, "start the image and see it answer before releasing", SetBool(func(c *Config) *bool { return &c.Start.On })},
		{"start.path", "start-path", GroupTests, Text, "path that must be answered then, with 200 to 399 (default: /, with anything below 500)", SetText(func(c *Config) *string { return &c.Start.Path }, checkURLPath)},
		{"start.status", "start-status", GroupTests, Text, "status that must be answered", SetInt(func(c *Config) *int { return &c.Start.Status }, 200, 599)},
		{"start.protocol", "start-protocol", GroupTests, Text, "what the app speaks: http, grpc, or tcp, which must only listen (default: http)", SetText(func(c *Config) *string { return &c.Start.Protocol }, checkProtocol)},
		{"start.in", "start-in", GroupTests, Text, "where it is started: service, as a revision without traffic beside what serves, where there is one and the target can; or build (default: service)", SetText(func(c *Config) *string { return &c.Start.In }, checkIn)},
		{"start_timeout", "start-timeout", GroupTests, Text, "how long the app may take to answer in that check (default: 60s)", SetDuration(func(c *Config) *time.Duration { return &c.Start.Timeout }, 4*time.Minute)},
		{"budget.start", "", GroupTests, Text, "longest time from the start of the image to its first answer, such as 2s", setLatency(func(c *Config) *time.Duration { return &c.Budget.Start })},
		{"budget.image", "", GroupTests, Text, "largest size of the image, unpacked, such as 400MB", setSize(func(c *Config) *int64 { return &c.Budget.Image })},
		{"budget.over", "", GroupTests, Text, "what becomes of a build whose image takes more: fail, or warn (default: fail)", SetText(func(c *Config) *string { return &c.Budget.Over }, checkOver)},
		{"release.check.path", "release-check-path", GroupService, Text, "path that the service must answer once it has the traffic, or the traffic goes back", SetText(func(c *Config) *string { return &c.After.Path }, checkURLPath)},
		{"release.check.status", "", GroupService, Text, "status of that answer (default: any from 200 to 399)", SetInt(func(c *Config) *int { return &c.After.Status }, 200, 599)},
		{"release.check.body", "", GroupService, Text, "text that the answer must contain", SetText(func(c *Config) *string { return &c.After.Body }, AnyText)},
		{"release.check.timeout", "", GroupService, Text, "how long it may take until that is answered (default: 30s)", SetDuration(func(c *Config) *time.Duration { return &c.After.Timeout }, time.Hour)},
		{"canary.steps", "canary", GroupService, List, "percentages of the traffic that a release gets one after the other, such as 10,50,100", setSteps(func(c *Config) *[]int { return &c.Canary.Steps })},
		{"canary.pause", "canary-pause", GroupService, Text, "how long each of them lasts, and is looked at (default: 60s)", SetDuration(func(c *Config) *time.Duration { return &c.Canary.Pause }, 12*time.Hour)},
		{"canary.max_errors", "canary-max-errors", GroupService, Text, "percentage of requests answered with 500 or more that ends it (default: 1)", SetNumber(func(c *Config) *float64 { return &c.Canary.MaxErrors }, 0, 100)},
		{"canary.max_latency", "canary-max-latency", GroupService, Text, "time that 95 % of the requests must be answered in, such as 800ms", setLatency(func(c *Config) *time.Duration { return &c.Canary.MaxLatency })},
		{"canary.min_requests", "canary-min-requests", GroupService, Text, "how many requests are judged at least; below that only the start's path is asked (default: 20)", SetInt(func(c *Config) *int { return &c.Canary.Requests }, 1, 1000)},
		{"preview.as", "preview-as", GroupTests, Text, "what `up --preview` makes: tag, a revision of the service without traffic, or service, one of its own that scales less (default: tag)", SetText(func(c *Config) *string { return &c.Preview.As }, OneOf(AsTag, AsService))},
		{"preview.ttl", "preview-ttl", GroupTests, Text, "how long `up --preview` shows what it releases, such as 72h (default: until it is deleted)", SetDuration(func(c *Config) *time.Duration { return &c.Preview.TTL }, 365*24*time.Hour)},
		{"jobs", "", GroupService, Text, "programs that run to their end in the service's image, by name", setJobs(func(c *Config) *[]Job { return &c.Jobs })},
		{"target", "target", GroupWhere, Text, "where to release: " + strings.Join(s.names(), ", "), SetText(func(c *Config) *string { return &c.Target }, checkTarget(s.names()))},
	}
	for _, t := range s.targets {
		for _, k := range t.Keys {
			table = append(table, key{t.Section + "." + k.Name, k.Flag, k.Group, k.Form, k.Usage, k.Set})
		}
	}
	return append(table, []key{
		{"build.on", "build-on", GroupBuild, Text, "where the build's steps run: cloud-build, docker (this machine's), or auto: docker in a step of Cloud Build or on a CI runner that has one, else cloud-build (default: auto)", SetText(func(c *Config) *string { return &c.Build.On }, checkOn)},
		{"build.service_account", "build-service-account", GroupBuild, Text, "service account that builds run as", SetText(func(c *Config) *string { return &c.Build.ServiceAccount }, CheckAccount)},
		{"build.pull_request_account", "pull-request-account", GroupBuild, Text, "service account that builds of pull requests run as, which may release nothing", SetText(func(c *Config) *string { return &c.Build.PullRequests }, CheckAccount)},
		{trustKey, "trust-pull-requests", GroupBuild, Text, "whose pull requests may leave what later runs use, and be released: same-repository, all, or none (default: same-repository); not for the file, which a pull request changes", SetText(func(c *Config) *string { return &c.Build.Trust }, checkTrust)},
		{"build.region", "build-region", GroupBuild, Text, "region that builds run in, or global (default: the pool's, or the service's)", SetText(func(c *Config) *string { return &c.Build.Region }, checkRegion)},
		{"build.machine_type", "machine-type", GroupBuild, Text, "machine type of builds, such as E2_HIGHCPU_8", SetText(func(c *Config) *string { return &c.Build.MachineType }, checkMachine)},
		{"build.disk_size", "disk-size", GroupBuild, Text, "least size of a build's disk, in `GB`", SetInt(func(c *Config) *int { return &c.Build.DiskSize }, 1, maxDiskSize)},
		{"build.worker_release", "worker-release", GroupBuild, Text, "release of Cloud Build's workers: rapid, regular, stable, or a version", SetText(func(c *Config) *string { return &c.Build.WorkerRelease }, releaseForm)},
		{"build.timeout", "build-timeout", GroupBuild, Text, "longest time a build may take", SetDuration(func(c *Config) *time.Duration { return &c.Build.Timeout }, maxBuild)},
		{"build.queue_ttl", "queue-ttl", GroupBuild, Text, "longest time a build may wait for its turn (default: 1h)", SetDuration(func(c *Config) *time.Duration { return &c.Build.QueueTTL }, maxBuild)},
		{"build.pool", "worker-pool", GroupBuild, Text, "private pool to build in", SetText(func(c *Config) *string { return &c.Build.Pool }, poolForm)},
		{"build.source_bucket", "source-bucket", GroupBuild, Text, "bucket for source archives (default: PROJECT_cloudbuild)", SetText(func(c *Config) *string { return &c.Build.SourceBucket }, checkBucket)},
		{"build.logs_bucket", "logs-bucket", GroupBuild, Text, "bucket for build logs", SetText(func(c *Config) *string { return &c.Build.LogsBucket }, checkBucket)},
		{"build.logging", "build-logging", GroupBuild, Text, "where build logs go: GCS_ONLY, or CLOUD_LOGGING_ONLY", SetText(func(c *Config) *string { return &c.Build.Logging }, checkLogging)},
		{"build.provenance", "build-provenance", GroupBuild, Bool, "have Cloud Build attest what the app's image was built from", SetBool(func(c *Config) *bool { return &c.Build.Provenance })},
		{"templates", "templates", GroupWhat, Text, "`DIR` of Dockerfile templates of your own", SetText(func(c *Config) *string { return &c.Templates }, checkFile)},
		{"ca_file", "ca-file", GroupWhat, Text, "CA bundle `FILE` for package indexes", SetText(func(c *Config) *string { return &c.CAFile }, checkFile)},
		{"ignore_file", "ignore-file", GroupWhat, Text, "`FILE` with ignore rules in place of .gcloudignore", SetText(func(c *Config) *string { return &c.IgnoreFile }, checkFile)},
	}...)
}

// environments hold a configuration each.
const environments = "environments"

func (s schema) find(name string) (key, bool) {
	i := slices.IndexFunc(s.keys, func(k key) bool { return k.name == name })
	if i < 0 {
		return key{}, false
	}
	return s.keys[i], true
}

// children are the names at one level of the file, "" being the top.
func (s schema) children(section string) []string {
	var out []string
	add := func(full string) {
		if head, name := parent(full); head == section && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	for _, k := range s.keys {
		add(k.name)
	}
	for _, name := range s.sections {
		add(name)
	}
	if section == "" {
		out = append(out, environments, services)
	}
	return out
}
