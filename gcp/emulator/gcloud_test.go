package emulator_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
)

// echo is a worker that prints a step's arguments.
type echo struct{}

func (echo) Step(_ context.Context, r worker.StepRequest) (int, error) {
	_, err := fmt.Fprintln(r.Stdout, strings.Join(r.Step.GetArgs(), " "))
	return 0, err
}

// gcloud is the real one, with the emulators' variables and none of the user's.
type gcloud struct {
	path string
	env  []string
}

func newGcloud(t *testing.T, env []string) gcloud {
	t.Helper()
	path, err := exec.LookPath("gcloud")
	if err != nil {
		t.Skip("no gcloud here")
	}
	return gcloud{path, append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "CLOUDSDK_CONFIG=" + t.TempDir()}, env...)}
}

func (g gcloud) run(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), g.path, args...)
	cmd.Env = g.env
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("gcloud %s: %v\n%s%s", strings.Join(args, " "), err, out.String(), errs.String())
	}
	return out.String(), errs.String()
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%q is not in:\n%s", p, text)
		}
	}
}

func TestGcloud(t *testing.T) {
	t.Parallel()
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{Dir: t.TempDir(), Executor: echo{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	src := t.TempDir()
	config := filepath.Join(src, "cloudbuild.yaml")
	for path, text := range map[string]string{config: "steps:\n- {name: busybox, id: one, args: [hello, one]}\n- {name: busybox, args: [hello, two]}\n", filepath.Join(src, "app.py"): "print()"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("proxy", func(t *testing.T) {
		g := newGcloud(t, s.GcloudEnv("my-project"))
		out, _ := g.run(t, "builds", "submit", src, "--config", config)
		contains(t, out, `Step #0 - "one": hello one`, `Step #1: hello two`, "SUCCESS")
		out, _ = g.run(t, "builds", "list", "--format=value(id,status)")
		id, status, _ := strings.Cut(strings.TrimSpace(out), "\t")
		if status != "SUCCESS" {
			t.Errorf("list: %q", out)
		}
		out, _ = g.run(t, "builds", "describe", id)
		contains(t, out, "status: SUCCESS", "projectId: my-project")
		out, _ = g.run(t, "builds", "log", id)
		contains(t, out, `Step #0 - "one": hello one`)
		_, out = g.run(t, "artifacts", "repositories", "create", "repo", "--location=europe-west1", "--repository-format=docker")
		contains(t, out, "Created repository [repo]")
		_, out = g.run(t, "secrets", "create", "pip-netrc", "--data-file", config, "--replication-policy=automatic")
		contains(t, out, "Created version [1] of the secret [pip-netrc]")
		out, _ = g.run(t, "secrets", "versions", "access", "latest", "--secret=pip-netrc")
		contains(t, out, "args: [hello, one]")
		big := filepath.Join(t.TempDir(), "big")
		if err := os.WriteFile(big, bytes.Repeat([]byte("0123456789abcdef"), 9<<16), 0o600); err != nil { // 9 MiB: resumable
			t.Fatal(err)
		}
		g.run(t, "storage", "cp", big, "gs://my-project_cloudbuild/up/big")
		g.run(t, "storage", "cp", "gs://my-project_cloudbuild/up/big", big+"2")
		if a, err := os.ReadFile(big + "2"); err != nil || len(a) != 9<<20 {
			t.Errorf("%d bytes back, %v", len(a), err)
		}
	})
	t.Run("endpoints", func(t *testing.T) {
		g := newGcloud(t, []string{
			"CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDBUILD=" + s.URL(), "CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE=" + s.URL(),
			"CLOUDSDK_API_ENDPOINT_OVERRIDES_ARTIFACTREGISTRY=" + s.URL(), "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE=" + s.TokenFile(),
			"CLOUDSDK_CORE_PROJECT=my-project", "CLOUDSDK_CORE_DISABLE_PROMPTS=1",
		})
		out, _ := g.run(t, "builds", "submit", src, "--config", config, "--async")
		contains(t, out, "my-project")
		out, _ = g.run(t, "artifacts", "repositories", "list", "--location=europe-west1")
		contains(t, out, "repo", "DOCKER", "europe-west1")
		f := filepath.Join(src, "app.py")
		g.run(t, "storage", "cp", f, "gs://my-project_cloudbuild/up/app.py")
		out, _ = g.run(t, "storage", "ls", "gs://my-project_cloudbuild/up/")
		contains(t, out, "gs://my-project_cloudbuild/up/app.py", "gs://my-project_cloudbuild/up/big")
	})
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	id, addr, err := emulator.Identity(filepath.Dir(s.TokenFile()))
	if err != nil || id != s.StateID() || addr != s.Addr() {
		t.Errorf("identity %q %q %v", id, addr, err)
	}
	if id, addr, err := emulator.Identity(t.TempDir()); err != nil || id+addr != "" {
		t.Errorf("identity of nothing: %q %q %v", id, addr, err)
	}
}
