package registry_test

import (
	"archive/tar"
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
)

func TestDocker(t *testing.T) {
	t.Parallel()
	dockertest.Require(t)
	path, err := docker.Command(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f := start(t, t.TempDir())
	c := f.client(t, false)
	f.create(t, c, "repo")
	try := func(config string, stdin []byte, args ...string) (string, error) {
		cmd := exec.CommandContext(context.WithoutCancel(t.Context()), path, args...)
		cmd.Env = append(os.Environ(), "DOCKER_CONFIG="+config)
		cmd.Stdin = bytes.NewReader(stdin)
		out, err := cmd.CombinedOutput()
		return strings.TrimSpace(string(out)), err
	}
	must := func(stdin []byte, args ...string) string {
		t.Helper()
		out, err := try(f.DockerConfigDir(), stdin, args...)
		if err != nil {
			t.Fatalf("docker %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return out
	}
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	text := t.Name() + f.token // an image of this test's own
	if err := w.WriteHeader(&tar.Header{Name: "file", Mode: 0o644, Size: int64(len(text))}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	ref := f.Addr() + "/proj/repo/app:run-1"
	id := must(layer.Bytes(), "import", "-", ref)
	t.Cleanup(func() { _, _ = try(f.DockerConfigDir(), nil, "rmi", "-f", id) })
	if out, err := try(t.TempDir(), nil, "push", ref); err == nil || !strings.Contains(out, "no basic auth credentials") && !strings.Contains(out, "unauthorized") {
		t.Errorf("push without the token: %v\n%s", err, out)
	}
	must(nil, "push", ref)
	tag, err := c.GetTag(t.Context(), &artifactregistrypb.GetTagRequest{Name: repository + "/packages/app/tags/run-1"})
	if err != nil {
		t.Fatal(err)
	}
	_, dgst, _ := strings.Cut(tag.GetVersion(), "/versions/")
	_, err = c.CreateTag(t.Context(), &artifactregistrypb.CreateTagRequest{Parent: repository + "/packages/app", TagId: "key", Tag: &artifactregistrypb.Tag{Version: tag.GetVersion()}})
	if err != nil {
		t.Fatal(err)
	}
	must(nil, "rmi", "-f", id)
	for _, pull := range []string{"/proj/repo/app:key", "/proj/repo/app@" + dgst} { // a tag made through the API can be pulled
		must(nil, "pull", f.Addr()+pull)
		if got := must(nil, "image", "inspect", "-f", "{{.Id}}", f.Addr()+pull); got != id {
			t.Errorf("%s is %s, not %s", pull, got, id)
		}
	}
	other := f.Addr() + "/proj/none/app:t"
	must(nil, "tag", id, other)
	if out, err := try(f.DockerConfigDir(), nil, "push", other); err == nil || !strings.Contains(out, `Repository "none" not found`) {
		t.Errorf("push to no repository: %v\n%s", err, out)
	}
}
