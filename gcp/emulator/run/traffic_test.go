package run_test

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
)

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
	wait(t, "only "+r2+" to run", func() bool {
		got := e.server.Running()
		return len(got) == 1 && shortName(got[0]) == r2
	})
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
	wait(t, "only "+r1+" to run", func() bool {
		got := e.server.Running()
		return len(got) == 1 && shortName(got[0]) == r1
	})
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
