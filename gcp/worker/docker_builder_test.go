package worker_test

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
)

// TestDockerBuilderAsContainer: where this process has no docker client, steps of the
// docker builder are containers, as at Google. They see the workspace, here a volume's
// folder, build from it, and leave what they write to later steps.
func TestDockerBuilderAsContainer(t *testing.T) {
	t.Parallel()
	client := dockertest.Require(t)
	log := &syncBuffer{}
	o := dockerOptions(t, client, log)
	ref := "gcpdeploy.local/test-docker:" + strings.ToLower(rand.Text())[:10]
	built := ref + "-built"
	t.Cleanup(func() {
		for _, name := range []string{built, ref} {
			if err := client.RemoveImage(context.WithoutCancel(t.Context()), name); err != nil {
				t.Error(err)
			}
		}
	})
	if err := client.ClientImage(t.Context(), o.DockerCommand, ref); err != nil {
		t.Fatal(err)
	}
	name := volume(t, o.DockerCommand)
	o.DockerCommand = ""
	o.Resolve = func(text string) string { return strings.Replace(text, worker.DockerBuilder, ref, 1) }
	// This process is no container, and so has the volume nowhere: its folder is made by a step.
	dir := t.TempDir()
	o.Workspace = filepath.Join(dir, "workspace")
	o.Mounts = []worker.Mount{{Path: dir, Volume: name}}
	img := dockertest.Image()
	b := &build{Steps: []*step{
		{Name: img, Id: "write", Script: "printf 'FROM " + img + "\\nRUN --mount=type=bind,target=/src cp /src/f /made\\n' > Dockerfile && echo one > f"},
		{Name: worker.DockerBuilder, Id: "build", Args: []string{"build", "-t", built, "."}, Env: []string{"DOCKER_BUILDKIT=1"}},
		{Name: built, Id: "read", Args: []string{"cat", "/made"}},
	}}
	s, err := worker.Open(t.Context(), worker.Setup{Options: o, Dir: t.TempDir(), Logins: map[string]docker.Auth{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context(), b, nil); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	if !strings.Contains(log.String(), `"read": one`+"\n") {
		t.Errorf("the image was not built from the workspace:\n%s", log)
	}
	if left, err := os.ReadDir(o.Workspace); err != nil || len(left) > 0 {
		t.Errorf("in this machine's folder: %v %v", left, err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
