package emulator_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
)

// fails runs a command that gcloud must end with an error, and gives what it says.
func (g gcloud) fails(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), g.path, args...)
	cmd.Env = append(g.env, "CLOUDSDK_CORE_VERBOSITY=debug")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Run(); err == nil {
		t.Errorf("gcloud %s: no error", strings.Join(args, " "))
	}
	return errs.String()
}

// TestGcloudEdges: what the real gcloud does beyond a build.
func TestGcloudEdges(t *testing.T) {
	t.Parallel()
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{Dir: t.TempDir(), Executor: echo{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	g := newGcloud(t, s.GcloudEnv("my-project"))
	dir := t.TempDir()
	file, config := filepath.Join(dir, "f"), filepath.Join(dir, "cloudbuild.yaml")
	for path, text := range map[string]string{file: "hush", config: "steps: [{name: busybox, args: [hello]}]\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	// It holds that the server has seen its checksum.
	g.run(t, "secrets", "create", "token", "--replication-policy=automatic")
	_, said := g.run(t, "secrets", "versions", "add", "token", "--data-file", file)
	contains(t, said, "Created version [1] of the secret [token]")

	g.run(t, "storage", "buckets", "create", "gs://mine-to-remove")
	g.run(t, "storage", "cp", file, "gs://mine-to-remove/a/f")
	g.run(t, "storage", "rm", "-r", "gs://mine-to-remove")
	if resp := request(t, s, "GET", "/storage/v1/b/mine-to-remove", ""); resp.StatusCode != 404 {
		t.Errorf("the bucket is still there: %s", resp.Status)
	}

	contains(t, g.fails(t, "builds", "submit", "--no-source", "--config", config, "--gcs-log-dir=gs://no-such-bucket/logs"), "no-such-bucket")

	// What is not served is told at once, and not tried again.
	for _, args := range [][]string{{"builds", "triggers", "list", "--region=europe-west1"}, {"iam", "service-accounts", "keys", "list", "--iam-account=a@my-project.iam.gserviceaccount.com"}} {
		said := g.fails(t, args...)
		contains(t, said, "not implemented")
		if strings.Contains(said, "Retrying") || strings.Contains(said, "network connectivity") {
			t.Errorf("gcloud %s tries again:\n%s", strings.Join(args, " "), said)
		}
	}
}
