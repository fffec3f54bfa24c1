// Package inbuild runs the builds of plans on the Docker of this machine: that of
// the Cloud Build worker that this process is a step on, or of a CI system's runner.
// The Build message is the one that a laptop submits, and gcp/worker runs it, so one
// plan comes to the same wherever it is run. It knows no plan from the inside, and
// nothing of which system started it.
package inbuild

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// workerNetwork is the network of a Cloud Build worker's steps, where they find the
// metadata server.
const workerNetwork = "cloudbuild"

// BuilderImage is the variable that names what stands for Cloud Build's docker
// builder, where that cannot be pulled.
const BuilderImage = "GCPDEPLOY_DOCKER_BUILDER"

// runsDir begins the name of the folder that all places are in.
const runsDir = "gcpdeploy-runs-"

// Machine is where builds run: a Docker, and how it sees the files of this process.
type Machine struct {
	Docker  worker.Docker
	Command string         // the docker client beside this process; "" = its steps are containers
	Builder string         // their image then; "" = Cloud Build's own
	Dir     string         // where each run gets a folder; Docker sees it
	Mounts  []worker.Mount // folders that Docker knows by other names
	Socket  string         // Docker's socket on its machine; "" = where it always is
	Network string         // of the steps; "" = Docker's default
	Labels  map[string]string
	// Executor runs the steps, for tests; nil = on Docker.
	Executor worker.Executor
	Now      func() time.Time // nil = the system's clock
}

// Find looks at the Docker that answers here. Where none does, or it is one that
// cannot see this process's files, that is an error with the fix.
func Find(ctx context.Context, lookup func(string) (string, bool)) (Machine, error) {
	c, err := docker.New()
	if err != nil {
		return Machine{}, err
	}
	if err := c.Ping(ctx); err != nil {
		return Machine{}, err
	}
	m := Machine{Docker: c}
	m.Builder, _ = lookup(BuilderImage)
	self, inside, err := c.Self(ctx)
	socket, local := strings.CutPrefix(c.Host(), "unix://")
	switch {
	case errs.KindOf(err) == errs.NotFound, !inside && !local:
		return m, errs.New(errs.Usage, "Mount the socket of the Docker that runs this container, or give --build-on cloud-build.",
			"the Docker at %s does not run on this machine, and so does not see its files", c.Host())
	case err != nil:
		return m, err
	}
	var candidates []string
	for _, name := range []string{"RUNNER_TEMP", "XDG_CACHE_HOME"} {
		dir, _ := lookup(name)
		candidates = append(candidates, dir)
	}
	if home, _ := lookup("HOME"); home != "" {
		candidates = append(candidates, filepath.Join(home, ".cache"))
	}
	if inside {
		m.Labels = ours(self.Labels)
		m.Mounts = mounts(self.Mounts)
		m.Socket = hostOf(m.Mounts, socket)
		for _, at := range self.Mounts {
			candidates = append(candidates, at.Path)
		}
	} else {
		candidates = append(candidates, os.TempDir())
		m.Socket = socket
		if command, err := docker.Command(ctx); err == nil {
			m.Command = command
		}
	}
	if m.Dir = m.firstShared(candidates, inside); m.Dir == "" {
		return m, errs.New(errs.Usage, "Mount a folder or a volume for its files, such as one at /builder/home, or give --build-on cloud-build.",
			"Docker sees no folder of this container")
	}
	if has, err := c.HasNetwork(ctx, workerNetwork); err == nil && has {
		m.Network = workerNetwork
	}
	return m, nil
}

// ours are the labels of our own, by which who started this process finds what it
// leaves behind.
func ours(labels map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range labels {
		if strings.HasPrefix(k, docker.Label) {
			out[k] = v
		}
	}
	return out
}

func mounts(all []docker.MountPoint) (out []worker.Mount) {
	for _, m := range all {
		out = append(out, worker.Mount{Path: m.Path, Volume: m.Volume, Host: m.Host})
	}
	return out
}

// hostOf is what Docker calls a file that one of the mounts is; "" = none of them.
func hostOf(all []worker.Mount, path string) string {
	for _, m := range all {
		if m.Path == path {
			return m.Host
		}
	}
	return ""
}

// firstShared is a folder of ours in the first place that Docker sees, and that is
// ours to write to.
func (m Machine) firstShared(candidates []string, inside bool) string {
	for _, at := range candidates {
		if !filepath.IsAbs(at) || inside && !m.sees(at) {
			continue
		}
		dir := filepath.Join(at, runsDir+user())
		if err := os.MkdirAll(dir, 0o700); err != nil {
			continue
		}
		// Of somebody else's folder in a place for all, no more is used than its name.
		if info, err := os.Lstat(dir); err == nil && info.IsDir() && ownedByUs(info) {
			return dir
		}
	}
	return ""
}

// sees says whether Docker sees a folder of the container that this process is.
func (m Machine) sees(path string) bool {
	path = filepath.Clean(path)
	for _, at := range m.Mounts {
		if rest, ok := strings.CutPrefix(path, filepath.Clean(at.Path)); ok && (rest == "" || rest[0] == '/') {
			return true
		}
	}
	return false
}

// image resolves Cloud Build's docker builder to what stands for it here.
func (m Machine) image(text string) string {
	if m.Builder != "" && text == worker.DockerBuilder {
		return m.Builder
	}
	return text
}
