package docker_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
)

// TestClientImage: an image of this machine's docker command is one that works, also
// as the client of a build.
func TestClientImage(t *testing.T) {
	t.Parallel()
	c := dockertest.Require(t)
	command, err := docker.Command(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ref := "gcpdeploy.local/test-docker:" + strings.ToLower(rand.Text())[:10]
	built := ref + "-built"
	t.Cleanup(func() {
		for _, name := range []string{built, ref} {
			if err := c.RemoveImage(context.WithoutCancel(t.Context()), name); err != nil {
				t.Error(err)
			}
		}
	})
	var ids []string
	for range 2 {
		if err := c.ClientImage(t.Context(), command, ref); err != nil {
			t.Fatal(err)
		}
		img, ok, err := c.InspectImage(t.Context(), ref)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		ids = append(ids, img.ID)
	}
	if ids[0] != ids[1] {
		t.Errorf("made again although nothing changed: %q", ids)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte("FROM scratch\nCOPY Dockerfile /\nLABEL made=yes\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	exit, err := c.Run(t.Context(), docker.Container{
		Image: ref, Cmd: []string{"build", "--progress=plain", "-t", built, "/context"}, Env: []string{"DOCKER_BUILDKIT=1"},
		Binds: []string{"/var/run/docker.sock:/var/run/docker.sock", dir + ":/context"}, Labels: dockertest.Labels(t, c),
	}, &out, &out)
	if err != nil || exit != 0 {
		t.Fatalf("exit %d, %v:\n%s", exit, err, &out)
	}
	if img, ok, err := c.InspectImage(t.Context(), built); err != nil || !ok || img.Labels["made"] != "yes" {
		t.Errorf("%+v, %v, %v", img, ok, err)
	}
}
