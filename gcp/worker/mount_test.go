package worker

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// engine is a Docker that has every image, and remembers what is run.
type engine struct {
	Docker
	ran docker.Container
}

func (e *engine) InspectImage(context.Context, string) (docker.Image, bool, error) {
	return docker.Image{}, true, nil
}

func (e *engine) Run(_ context.Context, c docker.Container, _, _ io.Writer) (int, error) {
	e.ran = c
	return 0, nil
}

func (e *engine) VolumePath(_ context.Context, name string) (string, error) {
	if name == "none" {
		return "", errors.New("no such volume: none")
	}
	return "/var/volumes/" + name, nil
}

// optionsInContainer are the options of a build whose worker is itself in a container:
// its workspace is a volume, its home a folder of the daemon's machine.
func optionsInContainer(dir string, e *engine) Options {
	return Options{
		Workspace: dir + "/workspace", Home: dir + "/home", Outputs: dir + "/workspace/.outputs", Log: io.Discard, Docker: e,
		Mounts: []Mount{{Path: dir + "/workspace", Volume: "work"}, {Path: dir + "/home/", Host: "/mnt/home"}, {Path: dir, Host: "/mnt"}},
	}
}

func TestMountsOfAStep(t *testing.T) {
	t.Parallel()
	dir, e := t.TempDir(), &engine{}
	o := optionsInContainer(dir, e)
	if err := o.findVolumes(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := &cloudbuildpb.Build{Steps: []*cloudbuildpb.BuildStep{{Name: "img", Script: "true", Volumes: []*cloudbuildpb.Volume{{Name: "vv", Path: "/cache"}}}}}
	if err := Run(t.Context(), b, nil, o, nil); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"/var/volumes/work/.outputs/volume/vv:/cache", "/var/volumes/work/.outputs/step/0:/builder/outputs", "/mnt/home:/builder/home", "work:/workspace",
		"/var/run/docker.sock:/var/run/docker.sock", "/var/volumes/work/.outputs/script/0:/builder/scripts:ro",
	}
	if d := cmp.Diff(want, e.ran.Binds); d != "" {
		t.Error(d)
	}
}

func TestMountsOfADockerStep(t *testing.T) {
	t.Parallel()
	o := optionsInContainer("/c", &engine{})
	if err := o.findVolumes(t.Context()); err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"run -v /workspace/a:/b -v /builder/home:/h:ro img":         "run -v /var/volumes/work/a:/b -v /mnt/home:/h:ro img",
		"run --mount type=bind,src=/workspace,dst=/w img":           "run --mount type=bind,src=/var/volumes/work,dst=/w img",
		"run --env-file /workspace/e img":                           "run --env-file /c/workspace/e img",
		"build -f /workspace/D --secret id=s,src=/builder/home/s .": "build -f /c/workspace/D --secret id=s,src=/c/home/s .",
	} {
		r := StepRequest{Options: &o, Outputs: "/c/o", Step: &cloudbuildpb.BuildStep{Args: strings.Fields(in)}}
		if d := cmp.Diff(want, strings.Join(r.hereArgs(), " ")); d != "" {
			t.Error(d)
		}
	}
}

func TestSource(t *testing.T) {
	t.Parallel()
	o := Options{Mounts: []Mount{{Path: "/a", Host: "/x"}, {Path: "/a/b", Volume: "v", Host: "/y"}}}
	for path, want := range map[string]string{"/a": "/x", "/a/c/": "/x/c", "/ab": "/ab", "/a/b": "/y", "/a/b/c": "/y/c", "/a/bc": "/x/bc", "/other": "/other"} {
		if got := o.source(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if got := o.bind("/a/b/", "/t:ro"); got != "v:/t:ro" {
		t.Errorf("a volume: %s", got)
	}
}

func TestVolumeThatIsNotThere(t *testing.T) {
	t.Parallel()
	o := Options{Mounts: []Mount{{Path: "/a", Volume: "none"}}, Docker: &engine{}}
	if err := o.findVolumes(t.Context()); err == nil || !strings.Contains(err.Error(), "no such volume") {
		t.Errorf("%v", err)
	}
	o.Docker = nil
	if err := o.findVolumes(t.Context()); err == nil || !strings.Contains(err.Error(), "no Docker") {
		t.Errorf("%v", err)
	}
}
