package run_test

import (
	"context"
	"os"
	"slices"
	"testing"
	"time"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/protobuf/proto"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/container"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/run"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// copyDir copies the state as it is on disk now, as a kill would leave it.
func copyDir(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

func containers(t *testing.T, c run.Config) []docker.Summary {
	t.Helper()
	list, err := c.Docker.List(t.Context(), map[string]string{docker.Label: c.StateID})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestRestart: a clean one. The address, traffic, policy and operations stay;
// the container starts again with the first request.
func TestRestart(t *testing.T) {
	t.Parallel()
	c := withDocker(t)
	e := start(t, c)
	one, err := e.create("hello", service(echo("one")))
	if err != nil {
		t.Fatal(err)
	}
	op, err := e.services.UpdateService(t.Context(), routed(one.GetName(), target(byRevision, shortName(one.GetLatestReadyRevision()), 100, "a")))
	if err != nil {
		t.Fatal(err)
	}
	e.wait(op.Name())
	if _, err := e.services.SetIamPolicy(t.Context(), &iampb.SetIamPolicyRequest{Resource: one.GetName(), Policy: &iampb.Policy{
		Bindings: []*iampb.Binding{{Role: "roles/run.invoker", Members: []string{"allUsers"}}}}}); err != nil {
		t.Fatal(err)
	}
	before := e.get(one.GetName())
	if err := e.server.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if list := containers(t, c); len(list) != 0 {
		t.Errorf("after Close: %v", list)
	}
	e = start(t, c)
	if after := e.get(one.GetName()); !proto.Equal(before, after) {
		t.Errorf("before %v\nafter %v", before, after)
	}
	if _, body, h := fetch(t, one.GetUri(), ""); body != "one" || h.Get("X-K-REVISION") != shortName(one.GetLatestReadyRevision()) {
		t.Errorf("after the restart: %q", body)
	}
	if o, ok := e.server.Operation(t.Context(), op.Name()); !ok || !o.GetDone() {
		t.Errorf("operation: %v, %v", o, ok)
	}
	if p, err := e.services.GetIamPolicy(t.Context(), &iampb.GetIamPolicyRequest{Resource: one.GetName()}); err != nil || len(p.GetBindings()) != 1 {
		t.Errorf("policy: %v, %v", p, err)
	}
}

// TestKilled: another process on the state that a killed one left takes over
// its container, removes strays, and finishes the rollout that was cut.
func TestKilled(t *testing.T) {
	t.Parallel()
	c := withDocker(t)
	first := start(t, c)
	one, err := first.create("hello", service(echo("one")))
	if err != nil {
		t.Fatal(err)
	}
	slow := echo("two")
	slow.Command[2] = "import time; time.sleep(1)\n" + slow.Command[2]
	op, err := first.services.UpdateService(t.Context(), updated(one.GetName(), slow))
	if err != nil {
		t.Fatal(err)
	}
	stray, err := c.Docker.Create(t.Context(), docker.Container{Image: dockertest.Image(), Cmd: []string{"true"},
		Labels: map[string]string{docker.Label: c.StateID, "dev.gcpdeploy.service": one.GetName(), "dev.gcpdeploy.revision": "hello-old"}})
	if err != nil {
		t.Fatal(err)
	}
	var serving string
	for _, k := range containers(t, c) {
		if k.Labels["dev.gcpdeploy.revision"] == shortName(one.GetLatestReadyRevision()) {
			serving = k.ID
		}
	}
	// The first process goes on beside, as a stand-in for a dead one: it holds
	// the port, so the second one has to take another.
	second := c
	second.Dir = copyDir(t, c.Dir)
	e := start(t, second)
	if got := e.server.Running(); !slices.Contains(got, one.GetLatestReadyRevision()) {
		t.Errorf("not taken over: %v", got)
	}
	if _, body, _ := fetch(t, e.get(one.GetName()).GetUri(), ""); body != "one" {
		t.Errorf("after the kill: %q", body)
	}
	e.wait(op.Name())
	if _, err := e.result(op.Name()); err != nil {
		t.Errorf("the cut rollout: %v", err)
	}
	if _, body, _ := fetch(t, e.get(one.GetName()).GetUri(), ""); body != "two" {
		t.Errorf("after the rollout: %q", body)
	}
	if _, err := c.Docker.Inspect(t.Context(), stray); err == nil {
		t.Error("the stray container is still there")
	}
	if serving == "" {
		t.Error("no container of the first revision was found")
	}
}

// TestCrash: a container that dies while it serves is started again by the
// next request.
func TestCrash(t *testing.T) {
	t.Parallel()
	c := withDocker(t)
	e := start(t, c)
	one, err := e.create("hello", service(echo("one")))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range containers(t, c) {
		if err := c.Docker.(*docker.Client).Kill(t.Context(), k.ID, "SIGKILL"); err != nil {
			t.Fatal(err)
		}
	}
	wait(t, "the crash to be seen", func() bool { return len(e.server.Running()) == 0 })
	if _, body, _ := fetch(t, one.GetUri(), ""); body != "one" {
		t.Errorf("after the crash: %q", body)
	}
	lines, err := e.server.Logs(one.GetName(), 100)
	if err != nil || !slices.ContainsFunc(lines, func(l container.Line) bool { return l.Text == "Container called exit(137)." }) {
		t.Errorf("log: %v, %v", lines, err)
	}
}

// wait returns when something holds, however long that takes.
func wait(t *testing.T, what string, ok func() bool) {
	t.Helper()
	err := poll.Until(t.Context(), nil, poll.Backoff{Initial: time.Millisecond, Max: 50 * time.Millisecond, Factor: 2}, func(context.Context) (bool, error) {
		return ok(), nil
	})
	if err != nil {
		t.Fatalf("waiting for %s: %v", what, err)
	}
}
