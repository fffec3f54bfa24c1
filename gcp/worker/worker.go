// Package worker runs the steps of a Cloud Build Build message on a Docker, as
// Cloud Build's own worker does: the order by waitFor, the mounts and variables
// a step sees, timeouts, allowed failures, outputs, the log's form, and the
// fields of the message that are filled at the end. It checks and substitutes
// a message as the service does before that.
//
// The same code runs a plan inside a real build (one step of a trigger) and
// behind the local Cloud Build; so it knows nothing of emulators, of plans, or
// of where the message came from.
package worker

import (
	"context"
	"io"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
)

// What a step finds inside its container.
const (
	workspacePath = "/workspace"
	homePath      = "/builder/home"
	outputsPath   = "/builder/outputs"
	scriptsPath   = "/builder/scripts"
	socketPath    = "/var/run/docker.sock"
)

// Options are where and with what one build runs. All paths are absolute and
// this process's; Mounts says which of them the Docker daemon knows by another
// name.
type Options struct {
	Workspace string // becomes /workspace; holds the source, is shared by all steps
	Home      string // becomes /builder/home
	Outputs   string // an empty directory for the steps' outputs, scripts and volumes
	Mounts    []Mount

	Log           io.Writer // the build's log; written a whole line at a time. nil = none
	Docker        Docker    // runs the steps that are containers; nil fails them
	DockerCommand string    // the docker client for steps of the docker builder; "" = they are containers of their image, as at Google
	DockerConfig  string    // directory of the config.json with the registries' credentials
	DockerSocket  string    // the daemon's socket on its machine, mounted into steps; "" = /var/run/docker.sock
	Network       string    // network of step containers; "" = Docker's default
	NetworkHosts  []string  // name:address, for the containers on it, beside its own names
	NetworkEnv    []string  // variables for them, KEY=VALUE

	// Resolve names what begins with an image's name, or has it after a =, as it can be
	// reached from here; nil = as it is. The message keeps its own names.
	Resolve     func(text string) string
	HostNetwork func(image string) bool // images whose steps get the host's network; nil = none
	ExtraEnv    []string                // added to the steps that HostNetwork names
	Labels      map[string]string       // on every container that a step is or starts by docker run
	Secrets     SecretSource            // resolves availableSecrets; nil = they are refused
	Now         func() time.Time        // nil = the system's clock
	// Tagging hears before a docker step which names it gives to images, and by done
	// that it has run; nil = nobody does.
	Tagging func(ctx context.Context, names []string) (done func())
}

// SecretSource gives the value of projects/*/secrets/*/versions/*.
type SecretSource func(ctx context.Context, version string) (string, error)

// StepRequest is one step to run: the step with all substitutions made, and
// what the build adds to it.
type StepRequest struct {
	Build   string // the build's id
	Index   int    // the step's place in the message; -1 for the push of an image
	Step    *cloudbuildpb.BuildStep
	Env     []string               // options.env, then the step's env, then secrets; KEY=VALUE
	Volumes []*cloudbuildpb.Volume // of the options and of the step
	Outputs string                 // host directory that is $BUILDER_OUTPUT of this step
	Stdout  io.Writer              // lines of the build's log, prefixed; never nil
	Stderr  io.Writer
	Image   func(digest string, from, to time.Time) // tells which image it was and how long the pull took
	Options *Options
}

// Executor runs one step's command and gives its exit code. An error means
// that it did not run to an end; ctx ends it, by timeout or cancellation, and
// then nothing of the step may go on when Step returns.
type Executor interface {
	Step(ctx context.Context, r StepRequest) (exit int, err error)
}

// ID is how a step is named in waitFor and in logs: its id, or its image.
func (r StepRequest) ID() string {
	if r.Step.Id != "" {
		return r.Step.Id
	}
	return r.Step.Name
}

func (o *Options) resolve(text string) string {
	if o.Resolve == nil {
		return text
	}
	return o.Resolve(text)
}

func (o *Options) now() time.Time {
	if o.Now == nil {
		return time.Now()
	}
	return o.Now()
}
