package worker

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// pullError is an image of a step that could not be had.
type pullError struct{ err error }

func (e *pullError) Error() string { return e.err.Error() }
func (e *pullError) Unwrap() error { return e.err }

// grace is for a cancelled step to remove what it started itself, as our
// builder image does.
const grace = 5 * time.Second

// runContainer runs a step as a container of its image.
func runContainer(ctx context.Context, r StepRequest) (int, error) {
	o := r.Options
	if o.Docker == nil {
		return 0, errs.New(errs.Internal, "Start Docker, and try again.", "there is no Docker to run the step on")
	}
	if err := ensureImage(ctx, r); err != nil {
		return 0, err
	}
	c := docker.Container{
		Image: o.resolve(r.Step.Name), Cmd: r.Step.Args, WorkDir: r.workdir(), Network: o.Network, Labels: maps.Clone(o.Labels), Grace: grace,
		Env: []string{"HOME=" + homePath, "BUILDER_OUTPUT=" + outputsPath, "DOCKER_CONFIG=" + homePath + "/.docker"},
	}
	if r.Step.Entrypoint != "" {
		c.Entrypoint = []string{r.Step.Entrypoint}
	}
	if o.HostNetwork != nil && o.HostNetwork(r.Step.Name) {
		c.Network = "host"
		c.Env = append(c.Env, o.ExtraEnv...)
	} else if o.Network != "" {
		c.Hosts = o.NetworkHosts
		c.Env = append(c.Env, o.NetworkEnv...)
	}
	c.Env = lastOfEach(append(c.Env, r.Env...))
	for _, f := range r.folders() {
		if err := os.MkdirAll(f.here, 0o755); err != nil {
			return 0, fmt.Errorf("preparing %s: %w", f.step, err)
		}
		c.Binds = append(c.Binds, o.bind(f.here, f.step))
	}
	for _, v := range r.Volumes { // any user of any image may write there
		if err := os.Chmod(filepath.Join(o.Outputs, "volume", v.Name), 0o777); err != nil {
			return 0, fmt.Errorf("preparing volume %s: %w", v.Name, err)
		}
	}
	socket := o.DockerSocket
	if socket == "" {
		socket = socketPath
	}
	c.Binds = append(c.Binds, socket+":"+socketPath)
	if err := addScript(r, &c); err != nil {
		return 0, fmt.Errorf("preparing the script: %w", err)
	}
	exit, err := o.Docker.Run(ctx, c, r.Stdout, r.Stderr)
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("starting step container failed: %w", err)
	}
	return exit, err
}

// addScript makes the step's script its command. Without a line `#!` it is one
// of /bin/sh.
func addScript(r StepRequest, c *docker.Container) error {
	if r.Step.Script == "" {
		return nil
	}
	dir := filepath.Join(r.Options.Outputs, "script", strconv.Itoa(r.Index))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	file := filepath.Join(dir, "script")
	if err := os.WriteFile(file, []byte(r.Step.Script), 0o755); err != nil {
		return err
	}
	if err := os.Chmod(file, 0o755); err != nil { // whatever the umask
		return err
	}
	c.Binds = append(c.Binds, r.Options.bind(dir, scriptsPath+":ro"))
	c.Entrypoint, c.Cmd = []string{scriptsPath + "/script"}, nil
	if !strings.HasPrefix(r.Step.Script, "#!") {
		c.Entrypoint = []string{"/bin/sh", scriptsPath + "/script"}
	}
	return nil
}

// ensureImage pulls the step's image unless Docker has it, perhaps because an
// earlier step made it, and tells its digest where it has one.
func ensureImage(ctx context.Context, r StepRequest) error {
	o, name, from := r.Options, r.Step.Name, r.Options.now()
	here := o.resolve(name)
	img, ok, err := o.Docker.InspectImage(ctx, here)
	if err != nil {
		return &pullError{err}
	}
	if !ok {
		fmt.Fprintf(r.Stdout, "Pulling image: %s\n", name)
		auth, err := registryAuth(o.DockerConfig, here)
		if err != nil {
			return &pullError{err}
		}
		if err := o.Docker.Pull(ctx, here, auth); err != nil {
			return &pullError{err}
		}
		if img, _, err = o.Docker.InspectImage(ctx, here); err != nil {
			return &pullError{err}
		}
		r.Image(digestOf(img, here), from, o.now())
		return nil
	}
	digest := digestOf(img, here)
	if digest == "" {
		fmt.Fprintf(r.Stdout, "Already have image: %s\n", name)
	} else {
		fmt.Fprintf(r.Stdout, "Already have image (with digest): %s\n", name)
	}
	r.Image(digest, from, o.now())
	return nil
}

// digestOf is the digest under which a registry has the image of that name.
func digestOf(img docker.Image, name string) string {
	if _, digest, ok := strings.Cut(name, "@"); ok {
		return digest
	}
	repo := name
	if i := strings.LastIndexByte(repo, ':'); i > strings.LastIndexByte(repo, '/') {
		repo = repo[:i]
	}
	i := slices.IndexFunc(img.Digests, func(d string) bool { return strings.HasPrefix(d, repo+"@") })
	if i < 0 {
		return ""
	}
	return img.Digests[i][len(repo)+1:]
}
