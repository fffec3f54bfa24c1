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
)

// key is one setting: its name in the file, its flag, how it is read.
type key struct {
	name, flag string
	group      Group
	form       Form
	usage      string
	set        setter
}

// keys is every setting there is. The variable of a.b_c is GCPDEPLOY_A_B_C.
var keys = []key{
	{"service", "service", GroupWhere, Text, "name of the Cloud Run service (default: the directory's name)", setText(func(c *Config) *string { return &c.Service }, checkService)},
	{"project", "project", GroupWhere, Text, "project ID (default: gcloud's)", setText(func(c *Config) *string { return &c.Project }, projectForm)},
	{"region", "region", GroupWhere, Text, "region (default: gcloud's run/region)", setText(func(c *Config) *string { return &c.Region }, checkRegion)},
	{"repository", "repository", GroupWhere, Text, "name of the Artifact Registry repository", setText(func(c *Config) *string { return &c.Repository }, repoForm)},
	{"python", "python", GroupWhat, Text, "Python minor version, such as 3.12", setText(func(c *Config) *string { return &c.Python }, checkPython)},
	{"base_image", "base-image", GroupWhat, Text, "image that wheels and runtime build on (default: python:VERSION-slim)", setText(func(c *Config) *string { return &c.BaseImage }, imageForm)},
	{"requirements", "requirements", GroupWhat, List, "requirements `FILE`s relative to the app", setList(func(c *Config) *[]string { return &c.Requirements }, checkAppFile)},
	{"system_packages.build", "build-packages", GroupWhat, List, "Debian packages needed to build wheels", setList(func(c *Config) *[]string { return &c.SystemPackages.Build }, debianForm)},
	{"system_packages.runtime", "runtime-packages", GroupWhat, List, "Debian packages needed at run time", setList(func(c *Config) *[]string { return &c.SystemPackages.Runtime }, debianForm)},
	{"wheels.no_binary", "no-binary", GroupWhat, List, "packages to build from source, or :all:", setList(func(c *Config) *[]string { return &c.Wheels.NoBinary }, pypiForm)},
	{"wheels.only_binary", "only-binary", GroupWhat, List, "packages never to build from source, or :all:", setList(func(c *Config) *[]string { return &c.Wheels.OnlyBinary }, pypiForm)},
	{"wheels.index_url", "index-url", GroupWhat, Text, "`URL` of the package index", setText(func(c *Config) *string { return &c.Wheels.IndexURL }, checkIndexURL)},
	{"wheels.netrc_secret", "netrc-secret", GroupWhat, Text, "`SECRET[:VERSION]` of Secret Manager with the indexes' logins, as a netrc file", setText(func(c *Config) *string { return &c.Wheels.NetrcSecret }, checkNetrcSecret)},
	{"wheels.credentials_command", "credentials-command", GroupWhat, Text, "command that prints an index's login, given its host and a user", setCommand(func(c *Config) *[]string { return &c.Wheels.CredentialsCommand })},
	{"wheels.max_age", "max-age", GroupWhat, Text, "how old the installed packages may get before they are resolved again, such as 720h (default: any age)", setDuration(func(c *Config) *time.Duration { return &c.Wheels.MaxAge }, 10*365*24*time.Hour)},
	{"wheels.build_env", "build-env", GroupWhat, List, "`KEY=VALUE`s of the packages' builds, such as CFLAGS=-O3", setBuildEnv(func(c *Config) *map[string]string { return &c.Wheels.BuildEnv })},
	{"wheels.config_settings", "config-settings", GroupWhat, List, "`PACKAGE:KEY=VALUE`s for build backends, as pip's --config-settings", setSettings(func(c *Config) *map[string][]string { return &c.Wheels.ConfigSettings })},
	{"wheels.skip_imports", "skip-imports", GroupWhat, List, "modules that need not be importable in the runtime image", setList(func(c *Config) *[]string { return &c.Wheels.SkipImports }, moduleForm)},
	{"entrypoint", "entrypoint", GroupWhat, Text, "command that starts the app", setCommand(func(c *Config) *[]string { return &c.Entrypoint })},
	{"test", "test", GroupTests, Bool, "run the tests before releasing", nil},
	{"test.command", "test-command", GroupTests, Text, "command that tests the app", setCommand(func(c *Config) *[]string { return &c.Test.Command })},
	{"test.requirements", "test-requirements", GroupTests, List, "requirements `FILE`s that only the tests need", setList(func(c *Config) *[]string { return &c.Test.Requirements }, checkAppFile)},
	{"test.env", "test-env", GroupTests, List, "`KEY=VALUE`s of the tests", setMap(func(c *Config) *map[string]string { return &c.Test.Env }, anyText)},
	{"start", "start", GroupTests, Bool, "start the image and see it listen before releasing", setBool(func(c *Config) *bool { return &c.Start })},
	{"start_timeout", "start-timeout", GroupTests, Text, "how long the app may take to listen in that check (default: 60s)", setDuration(func(c *Config) *time.Duration { return &c.StartTimeout }, 4*time.Minute)},
	{"target", "target", GroupWhere, Text, "where to release: cloud-run", setText(func(c *Config) *string { return &c.Target }, checkTarget)},
	{"run.port", "port", GroupWhat, Text, "port that the app listens on", setInt(func(c *Config) *int { return &c.Run.Port }, 1, 65535)},
	{"run.cpu", "cpu", GroupService, Text, "CPUs of an instance, such as 1 or 500m", setText(func(c *Config) *string { return &c.Run.CPU }, checkCPU)},
	{"run.memory", "memory", GroupService, Text, "memory of an instance, such as 512Mi", setText(func(c *Config) *string { return &c.Run.Memory }, checkMemory)},
	{"run.concurrency", "concurrency", GroupService, Text, "requests at once per instance", setInt(func(c *Config) *int { return &c.Run.Concurrency }, 1, 1000)},
	{"run.min_instances", "min-instances", GroupService, Text, "least number of instances", setOptionalInt(func(c *Config) **int { return &c.Run.MinInstances }, 0, 10000)},
	{"run.max_instances", "max-instances", GroupService, Text, "greatest number of instances", setOptionalInt(func(c *Config) **int { return &c.Run.MaxInstances }, 1, 10000)},
	{"run.timeout", "timeout", GroupService, Text, "longest time a request may take", setDuration(func(c *Config) *time.Duration { return &c.Run.Timeout }, time.Hour)},
	{"run.env", "set-env-vars", GroupService, List, "`KEY=VALUE`s of the service, in place of the file's", setMap(func(c *Config) *map[string]string { return &c.Run.Env }, anyText)},
	{"run.secrets", "set-secrets", GroupService, List, "`KEY=SECRET:VERSION`s of the service, in place of the file's", setMap(func(c *Config) *map[string]string { return &c.Run.Secrets }, checkSecret)},
	{"run.service_account", "service-account", GroupService, Text, "service account that the app runs as", setText(func(c *Config) *string { return &c.Run.ServiceAccount }, accountForm)},
	{"run.allow_unauthenticated", "allow-unauthenticated", GroupService, Bool, "let everyone call the service", setOptionalBool(func(c *Config) **bool { return &c.Run.AllowUnauthenticated })},
	{"build.service_account", "build-service-account", GroupBuild, Text, "service account that builds run as", setText(func(c *Config) *string { return &c.Build.ServiceAccount }, accountForm)},
	{"build.machine_type", "machine-type", GroupBuild, Text, "machine type of builds, such as E2_HIGHCPU_8", setText(func(c *Config) *string { return &c.Build.MachineType }, checkMachine)},
	{"build.timeout", "build-timeout", GroupBuild, Text, "longest time a build may take", setDuration(func(c *Config) *time.Duration { return &c.Build.Timeout }, 24*time.Hour)},
	{"build.pool", "worker-pool", GroupBuild, Text, "private pool to build in", setText(func(c *Config) *string { return &c.Build.Pool }, poolForm)},
	{"build.logs_bucket", "logs-bucket", GroupBuild, Text, "bucket for build logs", setText(func(c *Config) *string { return &c.Build.LogsBucket }, checkBucket)},
	{"templates", "templates", GroupWhat, Text, "`DIR` of Dockerfile templates of your own", setText(func(c *Config) *string { return &c.Templates }, checkFile)},
	{"ca_file", "ca-file", GroupWhat, Text, "CA bundle `FILE` for package indexes", setText(func(c *Config) *string { return &c.CAFile }, checkFile)},
	{"ignore_file", "ignore-file", GroupWhat, Text, "`FILE` with ignore rules in place of .gcloudignore", setText(func(c *Config) *string { return &c.IgnoreFile }, checkFile)},
}

// sections hold keys; environments hold a configuration each.
var sections = []string{"system_packages", "wheels", "test", "run", "build"}

const environments = "environments"

func find(name string) (key, bool) {
	i := slices.IndexFunc(keys, func(k key) bool { return k.name == name })
	if i < 0 {
		return key{}, false
	}
	return keys[i], true
}

// children are the names at one level of the file, "" being the top.
func children(section string) []string {
	var out []string
	for _, k := range keys {
		head, name, nested := strings.Cut(k.name, ".")
		if !nested {
			head, name = "", head
		}
		if head == section {
			out = append(out, name)
		}
	}
	if section == "" {
		for _, s := range sections {
			if _, ok := find(s); !ok {
				out = append(out, s)
			}
		}
		out = append(out, environments)
	}
	return out
}
