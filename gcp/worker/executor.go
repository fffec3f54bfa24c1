package worker

import (
	"context"
	"io"
	"path"
	"path/filepath"
	"strings"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// Docker is what the executor needs of a Docker engine; *docker.Client is one.
type Docker interface {
	Run(ctx context.Context, c docker.Container, stdout, stderr io.Writer) (exit int, err error)
	InspectImage(ctx context.Context, ref string) (docker.Image, bool, error)
	Pull(ctx context.Context, ref string, auth docker.Auth) error
	List(ctx context.Context, labels map[string]string) ([]docker.Summary, error)
	Remove(ctx context.Context, id string) error
	EnsureNetwork(ctx context.Context, name string, labels map[string]string) error
	VolumePath(ctx context.Context, name string) (string, error)
}

var _ Docker = (*docker.Client)(nil)

// NewExecutor gives the real executor: steps of the docker builder run as the
// local docker client in the workspace (so no image is pulled for them), all
// others as containers, and those too where Options has no DockerCommand. It
// keeps no state; one serves any number of builds.
func NewExecutor() Executor { return local{} }

type local struct{}

var _ Executor = local{}

// Step runs the step where it belongs.
func (local) Step(ctx context.Context, r StepRequest) (int, error) {
	if isDockerBuilder(r.Step) && r.Options.DockerCommand != "" {
		return runClient(ctx, r)
	}
	return runContainer(ctx, r)
}

// isDockerBuilder says whether a step is a plain call of the docker client.
func isDockerBuilder(s *cloudbuildpb.BuildStep) bool {
	name, _, _ := strings.Cut(s.Name, "@")
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		name = name[:i]
	}
	return (name == DockerBuilder || name == "docker") && (s.Entrypoint == "" || s.Entrypoint == "docker") && s.Script == ""
}

// folder is a directory of this process and where a step sees it.
type folder struct{ here, step string }

// folders are the directories of a step, the most specific first.
func (r StepRequest) folders() []folder {
	var f []folder
	for _, v := range r.Volumes {
		f = append(f, folder{filepath.Join(r.Options.Outputs, "volume", v.Name), path.Clean(v.Path)})
	}
	return append(f, folder{r.Outputs, outputsPath}, folder{r.Options.Home, homePath}, folder{r.Options.Workspace, workspacePath})
}

// workdir is the step's directory as the step sees it.
func (r StepRequest) workdir() string {
	if path.IsAbs(r.Step.Dir) {
		return path.Clean(r.Step.Dir)
	}
	return path.Join(workspacePath, r.Step.Dir)
}

// here maps a path that a step sees to this process's; false when it lies in
// none of the step's folders.
func (r StepRequest) here(p string) (string, bool) {
	if !path.IsAbs(p) {
		return p, false
	}
	clean := path.Clean(p)
	for _, f := range r.folders() {
		if clean == f.step {
			return f.here, true
		}
		if rest, ok := strings.CutPrefix(clean, f.step+"/"); ok {
			return filepath.Join(f.here, filepath.FromSlash(rest)), true
		}
	}
	return p, false
}

// source is here, as the Docker daemon calls it.
func (r StepRequest) source(p string) (string, bool) {
	at, ok := r.here(p)
	if !ok {
		return p, false
	}
	return r.Options.source(at), true
}
