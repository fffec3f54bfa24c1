// Package config merges what the user said into one validated Config: flag
// over environment over gcpdeploy.yaml over what was detected over default. It
// exists so that nothing after it reads a flag, a variable or the file again,
// and so that every fault is told with its place. It refuses to know Google,
// Docker and how values are detected: the caller loads, detects what Missing
// names, and hands it back through Adopt. Nor does it know where images are
// released: each Target brings its own section, with its checks.
package config

import (
	"cmp"
	"time"
)

// Config is everything a run was told. Paths are as the caller can open them,
// requirement files apart: those are slash paths relative to Dir.
type Config struct {
	Dir     string // the app directory
	App     string // where it is in the one that was named, "" = it is that
	Env     string // the environment chosen with --env, or ""
	Member  string // which of `services:` it is, "" = the file describes one alone
	Service string // a valid name for the target

	Project    string // project ID; may be empty: see NeedsProject
	Region     string // where it is released; may be empty: see NeedsProject
	Account    string // gcloud's account, only for messages
	Caller     Caller
	Repository string // Artifact Registry repository's name, in the region Home

	Regions         []string // all that it is released to, Region being one; none = it alone
	RegionsTogether bool     // all but the first at once, not one after the other

	Python         string // "3.12": the minor, never the patch level; empty until adopted
	BaseImage      string // follows Python unless given
	Requirements   []string
	SystemPackages SystemPackages
	Wheels         Wheels
	Slim           Slim

	Entrypoint []string // exec form; empty until adopted
	Test       Test
	Start      Start
	Preview    Preview
	Budget     Budget
	Canary     Canary
	After      AfterRelease

	Jobs []Job // in the order of the file

	Target   string // its name
	Settings any    // what its section says: the value that the target's New made
	Build    Build

	Templates  string // folder of the user's own templates, or ""
	CAFile     string // CA bundle for pip and apt, or ""
	IgnoreFile string // file with ignore rules relative to Dir; "" = .gcloudignore or .gitignore

	// Removed is what flags took away of a key, whoever else sets it: see Family.
	Removed map[string]Removal

	// Origin says for each dotted key that has a value where it came from:
	// "gcpdeploy.yaml:3", "--region", "GCPDEPLOY_REGION", ".python-version", "default".
	Origin map[string]string
	Notes  []string // worth telling, not wrong
}

// SystemPackages are Debian packages: Build only where wheels are built,
// Runtime only in what is deployed.
type SystemPackages struct{ Build, Runtime []string }

// Wheels says how wheels are obtained; the lists are pip's of the same names.
type Wheels struct {
	NoBinary, OnlyBinary []string
	IndexURL             string // never with credentials

	// NetrcSecret is a secret of Secret Manager with a netrc text: SECRET or
	// SECRET:VERSION, and projects/PROJECT/secrets/ before it for another project's.
	NetrcSecret string
	// CredentialsCommand prints the login of the host that it is given.
	CredentialsCommand []string

	// MaxAge is when a runtime image is made anew although its key is the same;
	// zero = never.
	MaxAge time.Duration
	// BuildEnv are variables of the packages' builds, such as CFLAGS.
	BuildEnv map[string]string
	// ConfigSettings are KEY=VALUEs for the build backend, by normal package name.
	ConfigSettings map[string][]string
	// BuildConstraints limit what packages are built with: "setuptools<81", each with
	// its name in normal form.
	BuildConstraints []string
	// Notify is who is told of a refresh, each as notify.Parse reads it, and NotifyOn of
	// which ends; "" = of failures.
	Notify   []string
	NotifyOn string
	// LockBuildRequirements is the file that locks what packages are built with,
	// slashed and relative to Dir; "" = none.
	LockBuildRequirements string
	// SkipImports are modules that need not be importable in the runtime image,
	// each with all below it.
	SkipImports []string
}

// Test is the test command and what it needs beyond the runtime.
type Test struct {
	Off          bool     // `test: false`
	Command      []string // exec form; empty = no tests
	Requirements []string
	Env          map[string]string
	Services     []TestService // by name
}

// Start says how the app is seen to answer: in the image before it is released,
// and in service afterwards.
type Start struct {
	On      bool
	Timeout time.Duration // how long it may take; never zero
	// Protocol is how it is asked: HTTP, GRPC, or TCP, which only connects.
	Protocol string
	Path     string // "" = /, where every status below 500 will do
	Status   int    // that is wanted; 0 = of a Path any from 200 to 399
	In       string // InBuild, or InService: as a revision beside what serves, where that can be; "" = that
}

// Canary is how a release takes the traffic by steps, and what ends it.
type Canary struct {
	Steps      []int         // percentages that rise, without the last, 100; none = all at once
	Pause      time.Duration // after each step; never zero where there are steps
	MaxErrors  float64       // percentage of the requests that may be answered with 500 to 599
	MaxLatency time.Duration // that 95 % of the requests may take; 0 = any
	Requests   int           // so many at least are judged
}

// AfterRelease is what the service must answer once it has the traffic; else that goes back.
type AfterRelease struct {
	Path    string        // "" = nothing is asked
	Status  int           // 0 = any from 200 to 399
	Body    string        // that the answer must contain; "" = any
	Timeout time.Duration // until when; never zero where there is a Path
}

// Where an app is seen to answer before it gets traffic.
const (
	InBuild   = "build"
	InService = "service"
)

// The protocols that an app may answer in.
const (
	HTTP = "http"
	GRPC = "grpc"
	TCP  = "tcp"
)

// Build is how and where Cloud Build runs the build. Empty means Cloud Build's default.
type Build struct {
	ServiceAccount string        // e-mail
	PullRequests   string        // e-mail of the account that builds of pull requests run as; "" = there are none
	On             string        // Auto, CloudBuild or Docker
	Trust          string        // whose pull requests are trusted: one of ci.Trusts; "" = the first
	Region         string        // "" = that of the images: see Config.BuildRegion
	Pool           string        // full name
	MachineType    string        // as Cloud Build writes it
	DiskSize       int           // GB
	WorkerRelease  string        // a release channel of the workers, or a version
	Timeout        time.Duration // never zero
	QueueTTL       time.Duration

	SourceBucket, LogsBucket string // bare names
	Logging                  string // GCSOnly or CloudLoggingOnly

	Provenance bool // of the app's image, or the build fails
}

// Where a build's log goes, where that is asked for; in Cloud Build's words.
const (
	GCSOnly          = "GCS_ONLY"
	CloudLoggingOnly = "CLOUD_LOGGING_ONLY"
)

// Where the steps of builds run. Auto is Docker in a step of Cloud Build, and on
// another CI system's runner whose Docker answers; else it is Cloud Build.
const (
	Auto       = "auto"
	CloudBuild = "cloud-build"
	Docker     = "docker"
)

// BuildRegion is where builds run.
func (c *Config) BuildRegion() string { return cmp.Or(c.Build.Region, c.Home()) }

// Input is what Load reads from. Dir and Targets are needed.
type Input struct {
	Dir     string
	Targets []Target // that there are; the first is the default
	File    string   // the configuration file; "" = gcpdeploy.yaml in Dir, if there
	Env     string   // a name of `environments:`; "" = $GCPDEPLOY_ENV, or none
	Only    []string // names of `services:`; none = what --service or its variable says, or all
	Shared  bool     // what holds for all of `services:` will do, where none is named

	// EachRegion is a run about each of `regions:`, where none of them is chosen: of several
	// the error is Several. Else it is about the first.
	EachRegion bool

	// Flags holds the flags that were given, by name without dashes (see
	// Flags), each with its values in order: one for a scalar, all for a list.
	Flags    map[string][]string
	Lookup   func(string) (string, bool) // nil = no environment
	Names    func() []string             // of the variables that there are; nil = not known
	Home     string                      // for gcloud's configuration; "" = none
	Defaults Defaults

	// Preview has what the file says of previews hold.
	Preview bool

	// WritesBuildLock says that the file of wheels.lock_build_requirements is about to
	// be written, and need not be there.
	WritesBuildLock bool
}

// Defaults are used for project and region when nothing else names them.
type Defaults struct {
	Project, Region string
	IgnoreGcloud    bool // do not look at gcloud's variables and configuration (local runs)

	// File gives the file of settings for a project and region that hold where nobody
	// says otherwise; it need not be there. nil = there is none.
	File func(project, region string) string
}

// Detected is what was found in the app's own files. Zero fields say nothing.
type Detected struct {
	Python           string
	Requirements     []string
	SystemPackages   []string // for building and for running
	BuildPackages    []string // for building, where those are others
	Entrypoint       []string
	TestCommand      []string
	TestRequirements []string
	From             map[string]string // "python", "requirements", "system_packages.build", "system_packages.runtime", "entrypoint", "test.command", "test.requirements" → where
}

// DefaultFile is the configuration file's name in the app directory.
const DefaultFile = "gcpdeploy.yaml"
