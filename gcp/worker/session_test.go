package worker_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker/workertest"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
	}
	return string(data)
}

func TestSession(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	dir := filepath.Join(t.TempDir(), "build")
	steps := workertest.New(funcs{"*": func(_ context.Context, r worker.StepRequest) (int, error) {
		home := r.Options.Home
		if got := read(t, r.Options.Workspace+"/a") + read(t, home+"/.config/access_token"); got != "source token" {
			t.Errorf("the step sees %q", got)
		}
		for _, config := range []string{home + "/.docker", r.Options.DockerConfig} {
			if text := read(t, config+"/config.json"); !strings.Contains(text, `"example.com"`) || !strings.Contains(text, "dTpw") { // u:p
				t.Errorf("%s: %s", config, text)
			}
		}
		return 0, nil
	}})
	s, err := worker.Open(t.Context(), worker.Setup{
		Options: worker.Options{Log: &log}, Dir: dir, Executor: steps, Token: "token",
		Logins: map[string]docker.Auth{"example.com": {Username: "u", Password: "p"}},
		Source: func(_ context.Context, workspace string, log io.Writer) error {
			_, _ = io.WriteString(log, "Fetching it\n")
			return os.WriteFile(filepath.Join(workspace, "a"), []byte("source "), 0o600)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	b := &build{Steps: []*step{{Name: "img"}}}
	if err := s.Run(t.Context(), b, nil); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(log.String(), "FETCHSOURCE\nFetching it\nBUILD\n") || b.Timing["SETUPBUILD"] == nil || b.Timing["FETCHSOURCE"] == nil || b.Timing["BUILD"] == nil {
		t.Errorf("%v\n%s", b.Timing, log.String())
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("left over: %v", err)
	}
}

func TestSessionWithoutSource(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	steps := workertest.New(nil)
	s, err := worker.Open(t.Context(), worker.Setup{
		Options: worker.Options{Log: &log}, Dir: t.TempDir(), Executor: steps,
		Source: func(context.Context, string, io.Writer) error { return errors.New("it is gone") },
	})
	if err != nil {
		t.Fatal(err)
	}
	b := &build{Steps: []*step{{Name: "img"}}}
	err = s.Run(t.Context(), b, nil)
	if errs.KindOf(err) != errs.Build || b.Status != cloudbuildpb.Build_FAILURE || b.FailureInfo.GetType() != cloudbuildpb.Build_FailureInfo_FETCH_SOURCE_FAILED ||
		!strings.HasSuffix(log.String(), "ERROR\nERROR: it is gone\n") || len(steps.Calls()) != 0 {
		t.Errorf("%v, %v\n%s", err, b, log.String())
	}
}

func TestSessionThatCannotBeOpened(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, err := worker.Open(t.Context(), worker.Setup{
		Options: worker.Options{Mounts: []worker.Mount{{Path: "/workspace", Volume: "v"}}}, Dir: filepath.Join(dir, "build"),
	})
	if err == nil {
		t.Error("a volume without Docker")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left over: %v %v", left, err)
	}
}

// volume makes a volume of this test's own.
func volume(t *testing.T, command string) string {
	t.Helper()
	name := "gcpdeploy-test-" + strings.ToLower(rand.Text())[:10]
	do := func(ctx context.Context, verb string) {
		if out, err := exec.CommandContext(ctx, command, "volume", verb, name).CombinedOutput(); err != nil {
			t.Errorf("docker volume %s: %v\n%s", verb, err, out)
		}
	}
	do(t.Context(), "create")
	t.Cleanup(func() { do(context.WithoutCancel(t.Context()), "rm") })
	return name
}

// TestDockerVolume: where the workspace is a volume, steps share that and nothing
// of this machine's folder.
func TestDockerVolume(t *testing.T) {
	t.Parallel()
	client := dockertest.Require(t)
	log := &syncBuffer{}
	o := dockerOptions(t, client, log)
	name := volume(t, o.DockerCommand)
	o.Workspace = t.TempDir()
	o.Mounts = []worker.Mount{{Path: o.Workspace, Volume: name}}
	s, err := worker.Open(t.Context(), worker.Setup{Options: o, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	img := dockertest.Image()
	b := &build{Steps: []*step{
		{Name: img, Id: "write", Script: "mkdir sub && echo one > sub/f"},
		{Name: img, Id: "read", Args: []string{"cat", "/workspace/sub/f"}},
		{Name: worker.DockerBuilder, Id: "nested", Args: []string{"run", "--rm", "-v", "/workspace/sub:/x", img, "cat", "/x/f"}},
	}}
	if err := s.Run(t.Context(), b, nil); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	for _, want := range []string{`"read": one`, `"nested": one`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %q in\n%s", want, log)
		}
	}
	if left, err := os.ReadDir(o.Workspace); err != nil || len(left) > 0 {
		t.Errorf("in this machine's folder: %v %v", left, err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
