package builder

import (
	"context"
	"fmt"
	"io"
	"maps"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// keptLabel marks a container that is kept for its volume. Its value is the id
// of the test environment's image.
const keptLabel = "dev.gcpdeploy.testenv"

// kept is how many such containers a Docker keeps for one worker.
const kept = 8

// environment gives a container, which never runs, whose volume is the test
// environment, and what to do when the tests are over. Docker makes the volume
// by copying every file of the image, and has the container only once that is
// done; where the worker stays (o.Keep), so does the container, for the next
// build with the same test environment.
func environment(ctx context.Context, d *docker.Client, o TestOptions, out io.Writer) (id string, done func(), err error) {
	img, err := here(ctx, d, o.TestEnv, o.Pull)
	if err != nil {
		return "", nil, err
	}
	labels := o.Labels
	if o.Keep {
		labels = maps.Clone(o.Labels)
		labels[keptLabel] = img.ID
		list, err := d.List(ctx, labels)
		if err != nil {
			return "", nil, err
		}
		if len(list) > 0 {
			return list[0].ID, func() {}, nil
		}
	}
	id, err = d.Create(ctx, docker.Container{Image: o.TestEnv, Cmd: []string{"none"}, Labels: labels})
	if err != nil {
		return "", nil, err
	}
	if !o.Keep {
		return id, func() { remove(ctx, d, id, out) }, nil
	}
	return id, func() { trim(ctx, d, o.Labels, out) }, nil
}

// Pull gets an image of ours when Docker lacks it; nil = it must be there.
type Pull func(ctx context.Context, ref string) error

// here gives an image on this Docker.
func here(ctx context.Context, d *docker.Client, ref string, pull Pull) (docker.Image, error) {
	img, ok, err := d.InspectImage(ctx, ref)
	if err == nil && !ok && pull != nil {
		if err = pull(ctx, ref); err == nil {
			img, ok, err = d.InspectImage(ctx, ref)
		}
	}
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "", "the image %s is not on this Docker", ref)
	}
	return img, err
}

// trim removes the oldest of the kept containers beyond those that may stay.
func trim(ctx context.Context, d *docker.Client, labels map[string]string, out io.Writer) {
	any := maps.Clone(labels)
	any[keptLabel] = ""
	list, err := d.List(context.WithoutCancel(ctx), any)
	if err != nil {
		fmt.Fprintf(out, "cleaning up: %v\n", err)
		return
	}
	for _, old := range list[min(kept, len(list)):] {
		remove(ctx, d, old.ID, out)
	}
}
