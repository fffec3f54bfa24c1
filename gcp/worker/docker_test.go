package worker_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
)

// syncBuffer is a log that a test reads while it grows.
type syncBuffer struct {
	mu   sync.Mutex
	b    bytes.Buffer
	wait string
	seen chan struct{} // closed when wait was written
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, err := b.b.Write(p)
	if b.wait != "" && strings.Contains(b.b.String(), b.wait) {
		close(b.seen)
		b.wait = ""
	}
	return n, err
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func dockerOptions(t *testing.T, client *docker.Client, log *syncBuffer) worker.Options {
	t.Helper()
	command, err := docker.Command(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	o := options(t, nil)
	o.Log, o.Docker, o.DockerCommand, o.Labels = log, client, command, dockertest.Labels(t, client)
	o.DockerConfig = t.TempDir()
	return o
}

func TestDockerSteps(t *testing.T) {
	t.Parallel()
	client := dockertest.Require(t)
	log := &syncBuffer{}
	o := dockerOptions(t, client, log)
	img := dockertest.Image()
	volumes := []*vol{{Name: "vv", Path: "/shared"}}
	b := &build{Steps: []*step{
		{Name: img, Id: "write", Entrypoint: "python3", Args: []string{"-c", "open('f','w').write('one'); open('/shared/v','w').write('two'); open('/builder/home/h','w').write('three')"}, Volumes: volumes},
		{Name: img, Id: "read", Dir: "sub", Volumes: volumes, Env: []string{"A=x y"}, Script: "#!/usr/bin/env python3\n" +
			"import os\nprint(os.getcwd(), open('/workspace/f').read(), open('/shared/v').read(), open(os.path.expanduser('~/h')).read(), os.environ['A'])\n" +
			"print(os.environ['HOME'], os.environ['DOCKER_CONFIG'], os.path.exists('/var/run/docker.sock'))\n" +
			"open(os.environ['BUILDER_OUTPUT'] + '/output', 'w').write('result')\n"},
		{Name: img, Id: "sh", Script: "echo $0 \"$A\"", WaitFor: []string{"-"}},
	}}
	if err := worker.Run(t.Context(), b, nil, o, nil); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	for _, want := range []string{
		`Step #1 - "read": /workspace/sub one two three x y` + "\n",
		`Step #1 - "read": /builder/home /builder/home/.docker True` + "\n",
		`Step #2 - "sh": /builder/scripts/script ` + "\n",
		`Step #0 - "write": Already have image: ` + img + "\n",
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %q in\n%s", want, log)
		}
	}
	if got := string(b.Results.BuildStepOutputs[1]); got != "result" {
		t.Errorf("output %q", got)
	}
}

func TestDockerFailures(t *testing.T) {
	t.Parallel()
	client := dockertest.Require(t)
	img := dockertest.Image()
	for _, tt := range []struct {
		name string
		step *step
		exit int32
		want string
	}{
		{"exit code", &step{Name: img, Script: "echo oops >&2; exit 42"}, 42, "step exited with non-zero status: 42"},
		{"no such program", &step{Name: img, Entrypoint: "/no/such"}, 0, "starting step container failed: "},
		{"no such image", &step{Name: "127.0.0.1:9/none/such:v1"}, 0, `error pulling build step 0 "127.0.0.1:9/none/such:v1": `},
		{"docker client", &step{Name: "docker", Args: []string{"inspect", "no-such-thing"}}, 1, "step exited with non-zero status: 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			log := &syncBuffer{}
			b := &build{Steps: []*step{tt.step}}
			err := worker.Run(t.Context(), b, nil, dockerOptions(t, client, log), nil)
			if err == nil || !strings.Contains(err.Error(), tt.want) || b.Steps[0].ExitCode != tt.exit || b.Status != cloudbuildpb.Build_FAILURE {
				t.Errorf("%v %v\n%s", err, b.Steps[0], log)
			}
			if !strings.Contains(log.String(), tt.want) {
				t.Errorf("log:\n%s", log)
			}
		})
	}
}

// TestDockerCancel cancels a container and a docker client in the middle.
func TestDockerCancel(t *testing.T) {
	t.Parallel()
	client := dockertest.Require(t)
	img := dockertest.Image()
	for name, s := range map[string]*step{
		"container": {Name: img, Script: "trap '' TERM; echo started; while true; do sleep 1; done"},
		"client":    {Name: worker.DockerBuilder, Args: []string{"run", img, "sh", "-c", "echo started; exec sleep infinity"}},
		"no output": {Name: worker.DockerBuilder, Args: []string{"events", "--filter", "event=none", "--since", "1970-01-01"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := &syncBuffer{wait: "started", seen: make(chan struct{})}
			if name == "no output" { // prints nothing of its own
				log.wait = "Already have image"
			}
			o := dockerOptions(t, client, log)
			ctx, cancel := context.WithCancel(t.Context())
			b := &build{Steps: []*step{s}}
			done := make(chan error, 1)
			go func() { done <- worker.Run(ctx, b, nil, o, nil) }()
			<-log.seen
			cancel()
			<-done // none of them ends by itself
			if b.Status != cloudbuildpb.Build_CANCELLED {
				t.Errorf("%v\n%s", b, log)
			}
			left, err := client.List(context.WithoutCancel(t.Context()), o.Labels)
			if err != nil {
				t.Fatal(err)
			}
			if len(left) > 0 {
				t.Errorf("left over: %v", left)
			}
		})
	}
}

// TestDockerBuilder builds an image with the docker builder's client and runs
// it as the next step, by name.
func TestDockerBuilder(t *testing.T) {
	t.Parallel()
	client := dockertest.Require(t)
	log := &syncBuffer{}
	o := dockerOptions(t, client, log)
	tag := "gcpdeploy.local/worker-test:" + strings.ToLower(rand.Text())[:10]
	t.Cleanup(func() {
		if err := client.RemoveImage(context.WithoutCancel(t.Context()), tag); err != nil {
			t.Error(err)
		}
	})
	if err := os.MkdirAll(filepath.Join(o.Workspace, "app"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"app/Dockerfile": "FROM " + dockertest.Image() + "\nARG WORD\nRUN --mount=type=secret,id=s cat /run/secrets/s > /got && echo $WORD >> /got\nCOPY hello /hello\n",
		"app/hello":      "hi\n", "secret": "from-secret\n",
	} {
		if err := os.WriteFile(filepath.Join(o.Workspace, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b := &build{Steps: []*step{
		{Name: worker.DockerBuilder, Id: "build", Dir: "app", Env: []string{"DOCKER_BUILDKIT=1"},
			Args: []string{"build", "--progress=plain", "--secret", "id=s,src=/workspace/secret", "--iidfile=/builder/outputs/output", "--build-arg", "WORD=/workspace", "-t", tag, "/workspace/app"}},
		{Name: tag, Id: "use", Args: []string{"cat", "/hello", "/got"}},
	}}
	if err := worker.Run(t.Context(), b, nil, o, nil); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	for _, want := range []string{`"use": hi`, `"use": from-secret`, `"use": /workspace`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %q in\n%s", want, log)
		}
	}
	if !strings.HasPrefix(string(b.Results.BuildStepOutputs[0]), "sha256:") {
		t.Errorf("output %q", b.Results.BuildStepOutputs)
	}
}
