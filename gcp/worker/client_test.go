package worker_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
)

// fakeDocker writes a shell script that stands in for the docker client.
func fakeDocker(t *testing.T, script string) worker.Options {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("process groups are Linux's")
	}
	o := options(t, nil)
	o.DockerCommand = filepath.Join(t.TempDir(), "docker")
	if err := os.WriteFile(o.DockerCommand, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestClientSurroundings(t *testing.T) {
	t.Parallel()
	o := fakeDocker(t, `echo "$@"; pwd; env | sort`)
	log := &syncBuffer{}
	o.Log, o.DockerConfig, o.Labels = log, "/some/config", map[string]string{"a": "b"}
	b := &build{Steps: []*step{{Name: worker.DockerBuilder, Dir: "x", Args: []string{"build", "-f", "/workspace/D", "."}, Env: []string{"A=1"}},
		{Name: "docker", Args: []string{"version"}}}}
	if err := worker.Run(t.Context(), b, nil, o, nil); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	for _, want := range []string{
		"Step #0: build -f " + o.Workspace + "/D .\n", "Step #0: " + o.Workspace + "/x\n", "Step #0: DOCKER_CONFIG=/some/config\n", "Step #0: HOME=/some/config\n",
		"Step #0: WARNING: nothing of this step gets A:", "Step #0: BUILDER_OUTPUT=" + o.Outputs + "/step/0\n", "Step #0: PATH=",
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %q in\n%s", want, log)
		}
	}
	for line := range strings.SplitSeq(log.String(), "\n") { // nothing of the user's own environment
		if strings.Contains(line, "GOPATH=") || strings.Contains(line, "USER=") || strings.Contains(line, "GCPDEPLOY") || strings.Contains(line, "A=1") {
			t.Errorf("the step sees %q", line)
		}
	}
}

// TestClientGroup stops a client that ignores signals, with what it started.
func TestClientGroup(t *testing.T) {
	t.Parallel()
	o := fakeDocker(t, `trap "" INT TERM; sleep 1000 & echo started $!; while true; do sleep 1; done`)
	log := &syncBuffer{wait: "started ", seen: make(chan struct{})}
	o.Log = log
	ctx, cancel := context.WithCancel(t.Context())
	b := &build{Steps: []*step{{Name: "docker", Args: []string{"x"}}}}
	done := make(chan error, 1)
	go func() { done <- worker.Run(ctx, b, nil, o, nil) }()
	<-log.seen
	cancel()
	<-done
	_, after, _ := strings.Cut(log.String(), "started ")
	pid, err := strconv.Atoi(strings.Fields(after)[0])
	if err != nil {
		t.Fatal(err)
	}
	for tick := time.Tick(5 * time.Millisecond); alive(pid); <-tick { // the kernel ends it a moment after the signal
	}
	if b.Status != cloudbuildpb.Build_CANCELLED {
		t.Error(b.Status)
	}
}

// alive says whether a process runs; one that nobody waited for does not.
func alive(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && syscall.Kill(pid, 0) == nil && !strings.Contains(string(stat), ") Z ")
}

// TestClientLeavesOutputOpen ends although a child holds the client's output.
func TestClientLeavesOutputOpen(t *testing.T) {
	t.Parallel()
	o := fakeDocker(t, "sleep 1000 &\necho done")
	log := &syncBuffer{}
	o.Log = log
	b := &build{Steps: []*step{{Name: "docker", Args: []string{"x"}}}}
	if err := worker.Run(t.Context(), b, nil, o, nil); err != nil || !strings.Contains(log.String(), "done\n") {
		t.Errorf("%v\n%s", err, log)
	}
}

func TestClientMissing(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]worker.Options{"none": options(t, nil), "gone": {Workspace: t.TempDir(), Home: t.TempDir(), Outputs: t.TempDir(), DockerCommand: "/no/such/docker"}} {
		b := &build{Steps: []*step{{Name: "docker", Args: []string{"x"}}}}
		if err := worker.Run(t.Context(), b, nil, o, nil); err == nil || b.Status != cloudbuildpb.Build_FAILURE {
			t.Errorf("%s: %v %v", name, err, b.Status)
		}
	}
	b := &build{Steps: []*step{{Name: "img"}}}
	if err := worker.Run(t.Context(), b, nil, options(t, nil), nil); err == nil || !strings.Contains(err.Error(), "no Docker") {
		t.Error(err)
	}
}
