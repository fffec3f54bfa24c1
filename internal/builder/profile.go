package builder

import (
	"context"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/profile"
)

// Profile starts the app image twice as Start does, once as it is and once with a hook in
// its Pythons, and says what the second start went into.
func Profile(ctx context.Context, d *docker.Client, o StartOptions, out io.Writer) (profile.Profile, error) {
	img, ok, err := d.InspectImage(ctx, o.Image)
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "", "Docker does not have the image %s", o.Image)
	}
	if err != nil {
		return profile.Profile{}, err
	}
	o.Exact = true
	plain, err := Start(ctx, d, o, out)
	if err != nil {
		return profile.Profile{}, err
	}
	o.profiled = &profiled{image: img}
	if _, err := Start(ctx, d, o, io.Discard); err != nil {
		return profile.Profile{}, err
	}
	p := o.profiled.result
	p.Plain = plain.Seconds
	return p, nil
}

// profiled is a start that is looked into; nil is one that is not.
type profiled struct {
	image  docker.Image
	result profile.Profile
}

// wrap has a container note when it begins, and its Pythons what they load.
func (p *profiled) wrap(c *docker.Container) {
	if p == nil {
		return
	}
	wrapped := profile.Entrypoint(p.image.Command)
	c.Entrypoint, c.Cmd = wrapped[:1], wrapped[1:]
	const name = "PYTHONPATH="
	var before string
	for _, line := range slices.Concat(p.image.Env, c.Env) {
		if value, ok := strings.CutPrefix(line, name); ok {
			before = value
		}
	}
	c.Env = slices.DeleteFunc(slices.Clone(c.Env), func(line string) bool { return strings.HasPrefix(line, name) })
	c.Env = append(c.Env, name+profile.PythonPath(before))
}

// put gives a container what that takes.
func (p *profiled) put(ctx context.Context, d *docker.Client, container string) error {
	if p == nil {
		return nil
	}
	var files []docker.File
	for _, f := range profile.Files() {
		files = append(files, docker.File{Path: f.Path, Mode: fs.FileMode(f.Mode), Data: f.Data})
	}
	return d.Write(ctx, container, files)
}

// take reads what was noted, while the app still runs.
func (p *profiled) take(ctx context.Context, a *attempt, found probed, begin time.Time) error {
	if p == nil {
		return nil
	}
	_, log, err := a.docker.Exec(ctx, a.app, []string{"/bin/cat", profile.Log})
	if err != nil {
		return err
	}
	seen := profile.Seen{Began: begin, Took: a.answered.Sub(begin), Listening: time.Unix(0, found.Listening), Answered: time.Unix(0, found.Answered)}
	if p.result, err = profile.Make(string(log), seen); err != nil {
		return err
	}
	python, err := profile.Python(string(log))
	if err != nil {
		return err
	}
	exit, output, err := a.docker.Exec(ctx, a.app, profile.Survey(python))
	if err == nil && exit != 0 {
		err = errs.New(errs.Internal, "", "looking at the image ended with code %d: %.1000s", exit, output)
	}
	if err == nil {
		p.result.Image, err = profile.Surveyed(output, p.image.Size)
	}
	return err
}
