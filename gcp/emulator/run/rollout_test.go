package run_test

import (
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/container"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
)

// TestFailedRollout: each way not to come up, with Google's words; what served
// goes on serving.
func TestFailedRollout(t *testing.T) {
	t.Parallel()
	e := start(t, withDocker(t))
	// impatient is a container that has not all of the default's 240 s.
	impatient := func(c *runpb.Container) *runpb.Container {
		c.StartupProbe = &runpb.Probe{FailureThreshold: 1, PeriodSeconds: 4, ProbeType: &runpb.Probe_TcpSocket{TcpSocket: &runpb.TCPSocketAction{Port: 8080}}}
		return c
	}
	first, err := e.create("hello", service(echo("one")))
	if err != nil {
		t.Fatal(err)
	}
	const probed = "The user-provided container failed the configured startup probe checks."
	const unhealthy = "The user-provided container failed to start and listen on the port defined provided by the PORT=8080 environment variable within the allocated timeout."
	secret := echo("x")
	secret.Env = append(secret.Env, &runpb.EnvVar{Name: "KEY", Values: &runpb.EnvVar_ValueSource{
		ValueSource: &runpb.EnvVarSource{SecretKeyRef: &runpb.SecretKeySelector{Secret: "key", Version: "latest"}}}})
	sick := echo("x")
	sick.StartupProbe = &runpb.Probe{FailureThreshold: 1, PeriodSeconds: 4, ProbeType: &runpb.Probe_HttpGet{HttpGet: &runpb.HTTPGetAction{Path: "/"}}}
	sick.Command[2] = strings.Replace(sick.Command[2], "send_response(200)", "send_response(500)", 1)
	for _, tt := range []struct {
		name      string
		container *runpb.Container
		code      codes.Code
		text, log string
	}{
		{"exits", python(`print("cannot import"); sys.exit(3)`), codes.FailedPrecondition, unhealthy, "Container called exit(3)."},
		{"does not listen", impatient(python(`import time; print("busy"); time.sleep(600)`)), codes.FailedPrecondition, probed, "busy"},
		{"listens on loopback", impatient(python(`import socketserver; socketserver.TCPServer(("127.0.0.1", 8080), None).serve_forever()`)), codes.FailedPrecondition, probed, "startup probe of port 8080 failed"},
		{"no such command", &runpb.Container{Image: dockertest.Image(), Command: []string{"/nothing"}}, codes.FailedPrecondition, unhealthy, "/nothing"},
		{"unhealthy", sick, codes.FailedPrecondition, probed, "500"},
		{"no image", &runpb.Container{Image: "127.0.0.1:1/demo/gcpdeploy/none:1"}, 0, "127.0.0.1:1/demo/gcpdeploy/none:1", ""},
		{"secret", secret, codes.FailedPrecondition, "Permission denied on secret: projects/", ""},
	} {
		_, err := e.update(updated(first.GetName(), tt.container))
		svc := e.get(first.GetName())
		revision := shortName(svc.GetLatestCreatedRevision())
		if err == nil || (tt.code != 0 && status.Code(err) != tt.code) || !strings.Contains(err.Error(), tt.text) ||
			!strings.Contains(err.Error(), "Revision '"+revision+"' is not ready and cannot serve traffic. ") {
			t.Errorf("%s: %v", tt.name, err)
		}
		if svc.GetTerminalCondition().GetState() != runpb.Condition_CONDITION_FAILED || svc.GetReconciling() ||
			svc.GetLatestReadyRevision() != first.GetLatestReadyRevision() || svc.GetObservedGeneration() != 1 || svc.GetUri() != first.GetUri() {
			t.Errorf("%s: %v", tt.name, svc)
		}
		rev, err := e.revisions.GetRevision(t.Context(), &runpb.GetRevisionRequest{Name: svc.GetLatestCreatedRevision()})
		if err != nil || rev.GetReconciling() || rev.GetConditions()[0].GetState() != runpb.Condition_CONDITION_FAILED {
			t.Errorf("%s: %v, %v", tt.name, rev, err)
		}
		if (tt.text == unhealthy || tt.text == probed) && rev.GetConditions()[0].GetRevisionReason() != runpb.Condition_HEALTH_CHECK_CONTAINER_ERROR {
			t.Errorf("%s: %v", tt.name, rev.GetConditions())
		}
		lines, err := e.server.Logs(first.GetName(), 100)
		if err != nil || !slices.ContainsFunc(lines, func(l container.Line) bool { return l.Revision == revision && strings.Contains(l.Text, tt.log) }) && tt.log != "" {
			t.Errorf("%s: log %v, %v lacks %q", tt.name, lines, err, tt.log)
		}
		if _, body, _ := fetch(t, first.GetUri(), ""); body != "one" {
			t.Errorf("%s: the old revision answers %q", tt.name, body)
		}
	}
	// The same again stays what it is; then a good one.
	if _, err := e.update(updated(first.GetName(), secret)); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("the failed template again: %v", err)
	}
	if _, err := e.update(updated(first.GetName(), echo("two"))); err != nil {
		t.Fatal(err)
	}
	if _, body, _ := fetch(t, first.GetUri(), ""); body != "two" {
		t.Errorf("after the good one: %q", body)
	}
	wait(t, "all but one revision to stop", func() bool { return len(e.server.Running()) == 1 })
}

func TestFirstRolloutFails(t *testing.T) {
	t.Parallel()
	e := start(t, withDocker(t))
	if _, err := e.create("hello", service(python("sys.exit(1)"))); err == nil {
		t.Fatal("no error")
	}
	svc := e.get(parent + "/services/hello")
	if code, _, _ := fetch(t, svc.GetUri(), ""); code != 503 || svc.GetLatestReadyRevision() != "" || len(svc.GetTrafficStatuses()) != 0 {
		t.Errorf("%d, %v", code, svc)
	}
}

// TestOrder: of two rollouts beside each other the newer one serves, also when
// the older one comes up last.
func TestOrder(t *testing.T) {
	t.Parallel()
	e := start(t, withDocker(t))
	one, err := e.create("hello", service(echo("one")))
	if err != nil {
		t.Fatal(err)
	}
	slow := echo("slow")
	slow.Command[2] = "import time; time.sleep(3)\n" + slow.Command[2]
	op, err := e.services.UpdateService(t.Context(), updated(one.GetName(), slow))
	if err != nil {
		t.Fatal(err)
	}
	fast, err := e.update(updated(one.GetName(), echo("fast")))
	if err != nil {
		t.Fatal(err)
	}
	if o, _ := e.server.Operation(t.Context(), op.Name()); o.GetDone() {
		t.Fatal("the slow one was faster")
	}
	if _, body, _ := fetch(t, one.GetUri(), ""); body != "fast" {
		t.Errorf("the newer one is ready: %q", body)
	}
	e.wait(op.Name())
	svc := e.get(one.GetName())
	if _, body, _ := fetch(t, one.GetUri(), ""); body != "fast" || svc.GetLatestReadyRevision() != fast.GetLatestReadyRevision() || svc.GetReconciling() {
		t.Errorf("the older one is ready too: %q, %v", body, svc)
	}
	wait(t, "all but one revision to stop", func() bool { return len(e.server.Running()) == 1 })
}
