package run_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/run"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

func statusError(s *spb.Status) error { return status.FromProto(s).Err() }

func TestDeployServeUpdate(t *testing.T) {
	t.Parallel()
	e := start(t, withDocker(t))
	one, err := e.create("hello", service(echo("one")))
	if err != nil {
		t.Fatal(err)
	}
	if one.GetTerminalCondition().GetState() != runpb.Condition_CONDITION_SUCCEEDED || one.GetReconciling() ||
		one.GetGeneration() != 1 || one.GetObservedGeneration() != 1 || one.GetLatestReadyRevision() != one.GetLatestCreatedRevision() {
		t.Errorf("after create: %v", one)
	}
	if !strings.HasPrefix(one.GetUri(), "http://127.0.0.1:") || len(one.GetUrls()) != 2 || one.GetUrls()[1] != "http://hello.localhost:8123" {
		t.Errorf("uri %q, urls %q", one.GetUri(), one.GetUrls())
	}
	code, body, h := fetch(t, one.GetUri(), "")
	revision := one.GetLatestReadyRevision()[strings.LastIndexByte(one.GetLatestReadyRevision(), '/')+1:]
	if code != 200 || body != "one" || h.Get("X-PORT") != "8080" || h.Get("X-K-SERVICE") != "hello" ||
		h.Get("X-K-CONFIGURATION") != "hello" || h.Get("X-K-REVISION") != revision || "http://"+h.Get("X-Host") != one.GetUri() {
		t.Errorf("GET = %d %q %v", code, body, h)
	}
	two, err := e.update(&runpb.UpdateServiceRequest{Service: func() *runpb.Service {
		s := service(echo("two"))
		s.Name, s.Etag = one.GetName(), one.GetEtag()
		return s
	}()})
	if err != nil {
		t.Fatal(err)
	}
	if _, body, _ := fetch(t, two.GetUri(), ""); body != "two" || two.GetUri() != one.GetUri() {
		t.Errorf("after update: %q at %s, before at %s", body, two.GetUri(), one.GetUri())
	}
}

// shortName is the last part of a name.
func shortName(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// updated is an update to a new container, with everything else default.
func updated(name string, c *runpb.Container) *runpb.UpdateServiceRequest {
	s := service(c)
	s.Name = name
	return &runpb.UpdateServiceRequest{Service: s}
}

// routed is an update of the traffic alone.
func routed(name string, traffic ...*runpb.TrafficTarget) *runpb.UpdateServiceRequest {
	return &runpb.UpdateServiceRequest{Service: &runpb.Service{Name: name, Traffic: traffic}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"traffic"}}}
}

// TestFailedRollout: each way not to come up, with Google's words; what served
// goes on serving.
func TestFailedRollout(t *testing.T) {
	t.Parallel()
	c := withDocker(t)
	c.StartTimeout = 1500 * time.Millisecond
	e := start(t, c)
	first, err := e.create("hello", service(echo("one")))
	if err != nil {
		t.Fatal(err)
	}
	const unhealthy = "The user-provided container failed to start and listen on the port defined provided by the PORT=8080 environment variable within the allocated timeout."
	secret := echo("x")
	secret.Env = append(secret.Env, &runpb.EnvVar{Name: "KEY", Values: &runpb.EnvVar_ValueSource{
		ValueSource: &runpb.EnvVarSource{SecretKeyRef: &runpb.SecretKeySelector{Secret: "key", Version: "latest"}}}})
	sick := echo("x")
	sick.StartupProbe = &runpb.Probe{FailureThreshold: 1, ProbeType: &runpb.Probe_HttpGet{HttpGet: &runpb.HTTPGetAction{Path: "/"}}}
	sick.Command[2] = strings.Replace(sick.Command[2], "send_response(200)", "send_response(500)", 1)
	for _, tt := range []struct {
		name      string
		container *runpb.Container
		code      codes.Code
		text, log string
	}{
		{"exits", python(`print("cannot import"); sys.exit(3)`), codes.FailedPrecondition, unhealthy, "Container called exit(3)."},
		{"does not listen", python(`import time; print("busy"); time.sleep(60)`), codes.FailedPrecondition, unhealthy, "busy"},
		{"listens on loopback", python(`import socketserver; socketserver.TCPServer(("127.0.0.1", 8080), None).serve_forever()`), codes.FailedPrecondition, unhealthy, "startup probe of port 8080 failed"},
		{"no such command", &runpb.Container{Image: dockertest.Image(), Command: []string{"/nothing"}}, codes.FailedPrecondition, unhealthy, "/nothing"},
		{"unhealthy", sick, codes.FailedPrecondition, unhealthy, "500"},
		{"no image", &runpb.Container{Image: "127.0.0.1:1/demo/gcpdeploy/none:1"}, 0, "127.0.0.1:1/demo/gcpdeploy/none:1", ""},
		{"secret", secret, codes.FailedPrecondition, "Permission denied on secret: key", ""},
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
		if tt.text == unhealthy && rev.GetConditions()[0].GetRevisionReason() != runpb.Condition_HEALTH_CHECK_CONTAINER_ERROR {
			t.Errorf("%s: %v", tt.name, rev.GetConditions())
		}
		lines, err := e.server.Logs(first.GetName())
		if err != nil || !slices.ContainsFunc(lines, func(l run.LogLine) bool { return l.Revision == revision && strings.Contains(l.Text, tt.log) }) && tt.log != "" {
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
	if n := len(e.server.Running()); n != 1 {
		t.Errorf("%d revisions run: %v", n, e.server.Running())
	}
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

// TestTraffic: splits, tags, rollback; what has no traffic sleeps.
func TestTraffic(t *testing.T) {
	t.Parallel()
	e := start(t, withDocker(t))
	one, err := e.create("hello", service(echo("one")))
	if err != nil {
		t.Fatal(err)
	}
	name, r1 := one.GetName(), shortName(one.GetLatestReadyRevision())
	two, err := e.update(updated(name, echo("two")))
	if err != nil {
		t.Fatal(err)
	}
	r2 := shortName(two.GetLatestReadyRevision())
	// The old one goes when its last requests are answered.
	patience, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := poll.Until(patience, nil, poll.Backoff{Initial: time.Millisecond, Max: 50 * time.Millisecond, Factor: 2}, func(context.Context) (bool, error) {
		got := e.server.Running()
		return len(got) == 1 && shortName(got[0]) == r2, nil
	}); err != nil {
		t.Errorf("running %v, want %s only: %v", e.server.Running(), r2, err)
	}
	split, err := e.update(routed(name, target(byRevision, r1, 30, "old"), target(latest, "", 70, "")))
	if err != nil {
		t.Fatal(err)
	}
	if split.GetLatestCreatedRevision() != two.GetLatestCreatedRevision() {
		t.Errorf("a change of traffic made revision %s", split.GetLatestCreatedRevision())
	}
	count := map[string]int{}
	for range 100 {
		_, body, _ := fetch(t, one.GetUri(), "")
		count[body]++
	}
	if count["one"] != 30 || count["two"] != 70 {
		t.Errorf("split: %v", count)
	}
	var tagURI string
	for _, s := range split.GetTrafficStatuses() {
		if s.GetTag() == "old" {
			tagURI = s.GetUri()
		}
	}
	if !strings.HasPrefix(tagURI, "http://old---hello.localhost:") {
		t.Errorf("tag's uri %q", tagURI)
	}
	port := one.GetUri()[strings.LastIndexByte(one.GetUri(), ':'):]
	for host, want := range map[string]string{
		"old---hello.localhost" + port: "200 one", "OLD---hello.localhost" + port: "200 one", "none---hello.localhost" + port: "404",
		"evil.example": "404", "hello.localhost.evil.example": "404", "other.localhost": "404", "---hello.localhost": "404",
	} {
		code, body, _ := fetch(t, one.GetUri(), host)
		if got := strings.TrimSpace(strconv.Itoa(code) + " " + map[bool]string{true: body}[code == 200]); got != want {
			t.Errorf("Host %s: %s, want %s", host, got, want)
		}
	}
	main := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if app := e.server.App(r.Host); app != nil {
			app.ServeHTTP(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	defer main.Close()
	for host, want := range map[string]int{"hello.localhost": 200, "old---hello.localhost:1": 200, "127.0.0.1": 404, "x.localhost": 404} {
		if code, _, _ := fetch(t, main.URL, host); code != want {
			t.Errorf("main port, Host %s: %d, want %d", host, code, want)
		}
	}
	if _, err := e.update(routed(name, target(byRevision, r1, 100, ""))); err != nil {
		t.Fatal(err)
	}
	if _, body, _ := fetch(t, one.GetUri(), ""); body != "one" {
		t.Errorf("after the rollback: %q", body)
	}
	// The classic trap: pinned traffic does not follow a deploy.
	three := updated(name, echo("three"))
	three.UpdateMask = &fieldmaskpb.FieldMask{Paths: []string{"template"}}
	svc, err := e.update(three)
	if err != nil || svc.GetLatestReadyRevision() != svc.GetLatestCreatedRevision() {
		t.Fatalf("%v, %v", svc, err)
	}
	if _, body, _ := fetch(t, one.GetUri(), ""); body != "one" {
		t.Errorf("pinned traffic went to %q", body)
	}
	if got := e.server.Running(); len(got) != 1 || shortName(got[0]) != r1 {
		t.Errorf("running %v, want %s only", got, r1)
	}
	for revision, want := range map[string]codes.Code{r1: codes.FailedPrecondition, shortName(svc.GetLatestReadyRevision()): codes.FailedPrecondition, r2: codes.OK} {
		if _, err := e.revisions.DeleteRevision(t.Context(), &runpb.DeleteRevisionRequest{Name: name + "/revisions/" + revision}); status.Code(err) != want {
			t.Errorf("deleting %s: %v, want %v", revision, err, want)
		}
	}
	var left []string
	for r, err := range e.revisions.ListRevisions(t.Context(), &runpb.ListRevisionsRequest{Parent: parent + "/services/-"}).All() {
		if err != nil {
			t.Fatal(err)
		}
		left = append(left, shortName(r.GetName()))
	}
	if want := []string{shortName(svc.GetLatestReadyRevision()), r1}; !slices.Equal(left, want) {
		t.Errorf("revisions %v, want %v", left, want)
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
	if got := e.server.Running(); len(got) != 1 {
		t.Errorf("running %v", got)
	}
}

// TestDrain: a request under way when the traffic moves ends well.
func TestDrain(t *testing.T) {
	t.Parallel()
	e := start(t, withDocker(t))
	stream := python(`
import http.server, time, os
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
        self.wfile.write(b"begin\n"); self.wfile.flush()
        if self.path == "/slow":
            while not os.path.exists("/tmp/go"): time.sleep(0.01)
        self.wfile.write(b"end\n")
    def do_POST(self):
        open("/tmp/go", "w").close(); self.send_response(200); self.end_headers()
http.server.ThreadingHTTPServer(("", 8080), H).serve_forever()
`)
	one, err := e.create("hello", service(stream))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.update(routed(one.GetName(), target(byRevision, shortName(one.GetLatestReadyRevision()), 100, "a"))); err != nil {
		t.Fatal(err)
	}
	res, err := http.Get(one.GetUri() + "/slow")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewReader(res.Body)
	if l, err := lines.ReadString('\n'); err != nil || l != "begin\n" {
		t.Fatalf("not streamed: %q, %v", l, err)
	}
	// The second response goes through before the traffic moves, and lets the first one end after.
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, one.GetUri(), nil)
	if err != nil {
		t.Fatal(err)
	}
	go func() { <-t.Context().Done(); res.Body.Close() }()
	if _, err := e.update(updated(one.GetName(), echo("two"))); err != nil {
		t.Fatal(err)
	}
	if _, body, _ := fetch(t, one.GetUri(), ""); body != "two" {
		t.Errorf("after the update: %q", body)
	}
	list, err := dockertest.Require(t).List(t.Context(), map[string]string{"dev.gcpdeploy.revision": shortName(one.GetLatestReadyRevision())})
	if err != nil || len(list) != 1 || !list[0].Running {
		t.Fatalf("the old container is gone while a request is under way: %v, %v", list, err)
	}
	state, err := dockertest.Require(t).Inspect(t.Context(), list[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	req.URL.Host = "127.0.0.1:" + strconv.Itoa(state.HostPort)
	if post, err := http.DefaultClient.Do(req); err != nil {
		t.Fatal(err)
	} else {
		post.Body.Close()
	}
	if l, err := lines.ReadString('\n'); err != nil || l != "end\n" {
		t.Errorf("the rest: %q, %v", l, err)
	}
}
