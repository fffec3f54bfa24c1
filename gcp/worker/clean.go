package worker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// Clean removes what is left of a build: the containers with its labels, which
// its steps started by docker run, or all of them after a kill; and its folder.
// Steps may have left files of root's there; then a container of one of their
// images is asked to do it. It is done although ctx has ended.
func Clean(ctx context.Context, o Options, dir string, images []string) error {
	err := o.removeContainers(ctx)
	if derr := o.removeDir(ctx, dir, images); derr != nil {
		err = errors.Join(err, fmt.Errorf("removing %s: %w", dir, derr))
	}
	return err
}

func (o *Options) removeContainers(ctx context.Context) error {
	if len(o.Labels) == 0 {
		return nil // all containers there are
	}
	return removeAll(ctx, o.Docker, o.Labels)
}

func (o *Options) removeDir(ctx context.Context, dir string, images []string) error {
	err := os.RemoveAll(dir)
	if err == nil || o.Docker == nil {
		return err
	}
	entries, rerr := os.ReadDir(dir)
	if rerr != nil {
		return errors.Join(err, rerr)
	}
	args := []string{"-rf"}
	for _, e := range entries {
		args = append(args, "/w/"+e.Name())
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer stop()
	for _, image := range images {
		if _, ok, herr := o.Docker.InspectImage(ctx, image); herr != nil || !ok {
			continue
		}
		_, _ = o.Docker.Run(ctx, docker.Container{Image: image, User: "0", Entrypoint: []string{"rm"}, Network: "none",
			Cmd: args, Binds: []string{o.bind(dir, "/w")}, Labels: o.Labels}, nil, nil)
		if err = os.RemoveAll(dir); err == nil {
			return nil
		}
	}
	return err
}
