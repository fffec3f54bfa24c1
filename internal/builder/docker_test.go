package builder_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// TestMain lets the test binary stand for the builder image's program.
func TestMain(m *testing.M) {
	if len(os.Args) >= 13 && os.Args[1] == "step" && os.Args[2] == "probe" && os.Args[4] == "8080" {
		o := builder.ProbeOptions{Port: 8080, Answer: plan.Answer{Protocol: os.Args[8], Path: os.Args[10]}, Exact: slices.Contains(os.Args, "--exact")}
		var err error
		if o.Timeout, err = time.ParseDuration(os.Args[6]); err == nil {
			o.Answer.Status, err = strconv.Atoi(os.Args[12])
		}
		if err == nil {
			err = builder.Probe(context.Background(), o, os.Stdout)
		}
		if err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// image builds an image from a Dockerfile and files, and removes it at the end.
func image(t *testing.T, c *docker.Client, name, dockerfile string, files map[string]string) string {
	t.Helper()
	tool, err := docker.Command(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	files["Dockerfile"] = strings.ReplaceAll(dockerfile, "BASE", dockertest.Image())
	for path, text := range files {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	tag := "gcpdeploy.local/" + name + ":" + dockertest.Labels(t, c)[docker.Label]
	cmd := exec.CommandContext(t.Context(), tool, "build", "-q", "-t", tag, dir)
	cmd.Env = append(os.Environ(), "DOCKER_BUILDKIT=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", name, err, out)
	}
	t.Cleanup(func() {
		if err := c.RemoveImage(context.WithoutCancel(t.Context()), tag); err != nil {
			t.Error(err)
		}
	})
	return tag
}

// probeImage stands for the builder image: what runs in it is this program.
func probeImage(t *testing.T, c *docker.Client) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	return image(t, c, "builder", "FROM BASE\nCOPY probe /probe\nENTRYPOINT [\"/probe\"]\n", map[string]string{"probe": string(program)})
}

// client runs docker's commands, with BuildKit.
func client(t *testing.T) (run func(args ...string) []byte) {
	t.Helper()
	tool, err := docker.Command(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return func(args ...string) []byte {
		t.Helper()
		var said strings.Builder
		cmd := exec.CommandContext(t.Context(), tool, args...)
		cmd.Env, cmd.Stderr = append(os.Environ(), "DOCKER_BUILDKIT=1"), &said
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("docker %q: %v\n%s", args, err, said.String())
		}
		return out
	}
}

// sweep removes the images of a repository when the test ends.
func sweep(t *testing.T, c *docker.Client, repository string) {
	t.Helper()
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		names, err := c.Images(ctx, repository)
		for _, name := range names {
			err = errors.Join(err, c.RemoveImage(ctx, name))
		}
		if err != nil {
			t.Error(err)
		}
	})
}
