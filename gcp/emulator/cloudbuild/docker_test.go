package cloudbuild_test

import (
	"context"
	"crypto/rand"
	"io"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
)

// startDocker is an emulator whose steps run for real.
func startDocker(t *testing.T, exec worker.Executor, change ...func(*cloudbuild.Config)) (*fixture, *docker.Client) {
	t.Helper()
	client := dockertest.Require(t)
	command, err := docker.Command(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	labels := dockertest.Labels(t, client)
	network := "gcpdeploy-test-" + strings.ToLower(rand.Text())[:10]
	t.Cleanup(func() {
		if err := client.RemoveNetwork(context.WithoutCancel(t.Context()), network); err != nil {
			t.Error(err)
		}
	})
	f := start(t, t.TempDir(), func(c *cloudbuild.Config) {
		c.Executor, c.Docker, c.DockerCommand, c.StateID, c.Network = exec, client, command, labels[docker.Label], network
		c.HostNetwork = func(image string) bool { return strings.HasSuffix(image, "/builder") }
		c.ExtraEnv = []string{"EXTRA=1"}
		for _, more := range change {
			more(c)
		}
	})
	f.stateID = labels[docker.Label]
	return f, client
}

func TestDockerBuild(t *testing.T) {
	t.Parallel()
	f, client := startDocker(t, nil)
	img := dockertest.Image()
	tag := "gcpdeploy.local/emulator-test/" + strings.ToLower(rand.Text())[:10] + "/builder"
	// Named as Google names it, and as it is named here.
	ours := "my-project/emulator-test/" + strings.ToLower(rand.Text())[:10]
	t.Cleanup(func() {
		for _, name := range []string{tag, "127.0.0.1:5000/" + ours} {
			if err := client.RemoveImage(context.WithoutCancel(t.Context()), name); err != nil {
				t.Error(err)
			}
		}
	})
	source := f.put(t, "s.tgz", archive(t, map[string]string{"Dockerfile": "FROM europe-docker.pkg.dev/" + ours + "\nCOPY data /data\nENTRYPOINT [\"cat\"]\n", "data": "built\n"}))
	show := "echo data=$(cat data) token=$(cat ~/.config/access_token) extra=$EXTRA; grep -c 127.0.0.1:5000 $DOCKER_CONFIG/config.json; " +
		"hostname > shared; echo '{\"x\":1}' > $BUILDER_OUTPUT/output; ls /sys/class/net"
	id := f.submit(t, &build{Source: source, Steps: []*step{
		{Name: worker.DockerBuilder, Id: "base", Args: []string{"tag", img, "europe-docker.pkg.dev/" + ours}, WaitFor: []string{"-"}},
		{Name: worker.DockerBuilder, Id: "image", Args: []string{"build", "-t", tag, "."}, Env: []string{"DOCKER_BUILDKIT=1"}, WaitFor: []string{"base"}},
		{Name: img, Id: "show", Script: show, WaitFor: []string{"-"}},
		{Name: tag, Id: "use", Args: []string{"/data", "/workspace/shared"}},
		{Name: tag, Id: "extra", Entrypoint: "sh", Args: []string{"-c", "echo extra=$$EXTRA"}},
		{Name: worker.DockerBuilder, Id: "background", Args: []string{"run", "-d", img, "sleep", "1000"}},
	}})
	b := f.wait(t, id)
	log, err := f.Log(id)
	if b.Status != cloudbuildpb.Build_SUCCESS || err != nil {
		t.Fatalf("%v %v\n%s", b, err, log)
	}
	for _, want := range []string{`"show": data=built token=tok extra=` + "\n", `"show": 1` + "\n", `"use": built`, `"extra": extra=1`} {
		if !strings.Contains(log, want) {
			t.Errorf("no %q in\n%s", want, log)
		}
	}
	if string(b.Results.BuildStepOutputs[2]) != "{\"x\":1}\n" {
		t.Errorf("outputs %q", b.Results.BuildStepOutputs)
	}
	if err := f.Close(t.Context()); err != nil { // waits for the tidying
		t.Fatal(err)
	}
	built, _, err := client.InspectImage(t.Context(), tag)
	if made, merr := cloudbuild.Made(f.dir); err != nil || merr != nil || len(made) != 1 || !slices.Equal(made[tag], []string{built.ID}) {
		t.Errorf("made %q, %v, %v, want %s of %s alone", made, err, merr, built.ID, tag)
	}
	if left, err := client.List(t.Context(), map[string]string{cloudbuild.Label: id}); err != nil || len(left) > 0 {
		t.Errorf("left over: %v %v", left, err)
	}
}

// Two builds whose files differ in nothing but their bytes: size and time are
// the same, and so is the name of the context.
func TestDockerBuildSeesTheNewFile(t *testing.T) {
	t.Parallel()
	f, client := startDocker(t, nil)
	tag := "gcpdeploy.local/emulator-test/" + strings.ToLower(rand.Text())[:10]
	t.Cleanup(func() {
		if err := client.RemoveImage(context.WithoutCancel(t.Context()), tag); err != nil {
			t.Error(err)
		}
	})
	for _, text := range []string{"one " + tag, "two " + tag} {
		file := "FROM " + dockertest.Image() + "\nCOPY data /data\nENTRYPOINT [\"cat\", \"/data\"]\n"
		source := f.put(t, text[:3]+".tgz", archive(t, map[string]string{"Dockerfile": file, "data": text}))
		id := f.submit(t, &build{Source: source, Steps: []*step{
			{Name: worker.DockerBuilder, Args: []string{"build", "-t", tag, "."}, Env: []string{"DOCKER_BUILDKIT=1"}},
			{Name: tag},
		}})
		f.wait(t, id)
		if log, err := f.Log(id); err != nil || !strings.Contains(log, ": "+text) {
			t.Errorf("%v: no %q in\n%s", err, text, log)
		}
	}
}

// listening tells what a step prints.
type listening struct {
	worker.Executor
	printed chan<- string
}

func (l listening) Step(ctx context.Context, r worker.StepRequest) (int, error) {
	r.Stdout = io.MultiWriter(r.Stdout, l)
	return l.Executor.Step(ctx, r)
}

func (l listening) Write(p []byte) (int, error) {
	l.printed <- string(p)
	return len(p), nil
}

func TestDockerBuildCancelled(t *testing.T) {
	t.Parallel()
	printed := make(chan string, 10)
	f, client := startDocker(t, listening{worker.NewExecutor(), printed})
	id := f.submit(t, &build{Steps: []*step{{Name: dockertest.Image(), Id: "hang", Script: "echo started; exec sleep 1000"}}})
	for line := ""; line != "started\n"; {
		line = <-printed
	}
	b, err := f.client.CancelBuild(t.Context(), &cloudbuildpb.CancelBuildRequest{Name: parent + "/builds/" + id})
	if err != nil || b.Status != cloudbuildpb.Build_CANCELLED {
		t.Errorf("%v %v", b, err)
	}
	if left, err := client.List(t.Context(), map[string]string{cloudbuild.Label: id}); err != nil || len(left) > 0 {
		t.Errorf("left over: %v %v", left, err)
	}
}
