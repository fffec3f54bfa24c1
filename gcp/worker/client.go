package worker

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// stopGrace is how long a docker client may take to end after SIGINT.
const stopGrace = 3 * time.Second

// stepLabel marks the containers that one step's docker run makes.
const stepLabel = "dev.gcpdeploy.step"

// passed are the variables of this process that a docker client needs to find
// the engine; nothing else of the user's environment reaches a step.
var passed = []string{"PATH", "DOCKER_HOST", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY", "DOCKER_API_VERSION", "XDG_RUNTIME_DIR", "TMPDIR"}

// runClient runs a step of the docker builder: the local docker client as a
// process of the host, in the workspace, with paths below /workspace mapped.
func runClient(ctx context.Context, r StepRequest) (int, error) {
	o := r.Options
	if r.Index >= 0 {
		now := o.now()
		fmt.Fprintf(r.Stdout, "Already have image (with digest): %s\n", r.Step.Name)
		r.Image("", now, now)
	}
	dir, err := r.openDir()
	if err != nil {
		return 0, err
	}
	defer dir.Close()
	if err := r.checkPaths(dir.Name()); err != nil {
		return 0, err
	}
	args, err := r.resolveDockerfile(dir.Name(), r.hereArgs())
	if err != nil {
		return 0, err
	}
	args, env, err := r.handOver(args)
	if err != nil {
		return 0, fmt.Errorf("preparing the step's variables: %w", err)
	}
	mine := map[string]string{stepLabel: rand.Text()}
	maps.Copy(mine, o.Labels)
	cmd := exec.CommandContext(ctx, o.DockerCommand, withLabels(o.onNetwork(args), mine)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = workingDir(dir), r.Stdout, r.Stderr
	for _, k := range passed {
		if v, ok := os.LookupEnv(k); ok {
			cmd.Env = append(cmd.Env, k+"="+v)
		}
	}
	// Its home is none that other steps write to, where programs that it starts would
	// find their configuration.
	cmd.Env = append(cmd.Env, "HOME="+cmp.Or(o.DockerConfig, o.Home), "BUILDER_OUTPUT="+r.Outputs)
	if o.DockerConfig != "" {
		cmd.Env = append(cmd.Env, "DOCKER_CONFIG="+o.DockerConfig)
	}
	cmd.Env = append(cmd.Env, env...)
	if names := tags(args); o.Tagging != nil && len(names) > 0 {
		defer o.Tagging(ctx, names)()
	}
	exit, err := runGroup(cmd)
	if ctx.Err() != nil {
		// A container whose client is gone would run on.
		err = errors.Join(err, removeAll(ctx, o.Docker, map[string]string{stepLabel: mine[stepLabel]}))
	}
	return exit, err
}

// removeAll removes the containers with these labels, although ctx has ended.
func removeAll(ctx context.Context, d Docker, labels map[string]string) error {
	if d == nil {
		return nil
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer stop()
	list, err := d.List(ctx, labels)
	for _, c := range list {
		err = errors.Join(err, d.Remove(ctx, c.ID))
	}
	return err
}

// runGroup runs cmd in a process group of its own. When its context ends the
// group is asked to stop, then killed; nothing of the group outlives the call.
func runGroup(cmd *exec.Cmd) (int, error) {
	setGroup(cmd)
	cmd.Cancel = func() error { return signalGroup(cmd, os.Interrupt) }
	cmd.WaitDelay = stopGrace
	result := make(chan error, 1)
	go func() {
		// The group dies with this process by way of the thread that started
		// it (see setGroup), which therefore must stay as long as it runs.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := cmd.Start(); err != nil {
			result <- err
			return
		}
		err := cmd.Wait()
		_ = signalGroup(cmd, os.Kill)
		result <- err
	}()
	err := <-result
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exitCode(exit), nil
	}
	if errors.Is(err, exec.ErrWaitDelay) { // ended well; something else held its output open
		return 0, nil
	}
	return 0, err
}
