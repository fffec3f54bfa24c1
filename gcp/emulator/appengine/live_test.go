package appengine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/appengine"
	"github.com/gcpdeploy/gcpdeploy/internal/ask"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// server is what the images run: it answers with a variable, and /ready as SICK says.
const server = `
import http.server, os, signal, sys
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(500 if self.path == "/ready" and os.environ.get("SICK") else 200)
        self.end_headers()
        self.wfile.write((os.environ["TEXT"] + " " + os.environ["GAE_SERVICE"]).encode())
    def log_message(self, *a): pass
if os.environ.get("CRASH"): sys.exit("ImportError: libgfortran.so.5")
print("up", flush=True)
http.server.HTTPServer(("", 8080), H).serve_forever()
`

// live is emulators with a real Docker, and the name of an image that runs server.
func live(t *testing.T) (e env, image string) {
	t.Helper()
	c := dockertest.Require(t)
	command, err := docker.Command(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	e = env{nil, t}
	if e.Server, err = emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{Dir: t.TempDir(), Docker: c, DockerCommand: command}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close(context.WithoutCancel(t.Context())) })
	image = strings.TrimPrefix(strings.TrimSuffix(e.URL(), "/"), "http://") + "/shop/r/a:1"
	words, err := json.Marshal([]string{"python3", "-c", server})
	if err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), command, "build", "-q", "-t", image, "-")
	build.Env, build.Stdin = append(os.Environ(), "DOCKER_BUILDKIT=1"), strings.NewReader("FROM "+dockertest.Image()+"\nCMD "+string(words)+"\n")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Cleanup(func() { _ = c.RemoveImage(context.WithoutCancel(t.Context()), image) })
	e.must("POST", "/v1/apps", `{"id":"shop","locationId":"europe-west"}`)
	return e, "europe-west1-docker.pkg.dev/shop/r/a:1"
}

// operation is what a call that takes its time came to.
type operation struct {
	Name  string
	Done  bool
	Error *struct {
		Code    int
		Message string
	}
	Metadata struct{ Target, EphemeralMessage string }
}

// wait follows an operation to its end.
func (e env) wait(text string) (o operation) {
	e.t.Helper()
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		e.t.Fatal(err)
	}
	err := poll.Until(e.t.Context(), nil, poll.Backoff{Initial: time.Millisecond, Max: 50 * time.Millisecond, Factor: 2}, func(context.Context) (bool, error) {
		if !o.Done {
			name := o.Name
			o = operation{}
			return false, json.Unmarshal([]byte(e.must("GET", "/v1/"+name, "")), &o)
		}
		return true, nil
	})
	if err != nil {
		e.t.Fatal(err)
	}
	return o
}

// deploy makes a version, with further fields.
func (e env) deploy(image, id string, more string) operation {
	e.t.Helper()
	return e.wait(e.must("POST", service+"/versions", `{"id":"`+id+`","env":"flex","runtime":"vm","betaSettings":{"vm_runtime":"custom"},"manualScaling":{"instances":2},"deployment":{"container":{"image":"`+image+`"}},`+more+`}`))
}

// get asks a name below localhost.
func (e env) get(name, cookie string) (status int, body string) {
	e.t.Helper()
	r, err := http.NewRequestWithContext(e.t.Context(), http.MethodGet, strings.Replace(e.URL(), "127.0.0.1", name+".localhost", 1), nil)
	if err != nil {
		e.t.Fatal(err)
	}
	if cookie != "" {
		r.AddCookie(&http.Cookie{Name: "GOOGAPPUID", Value: cookie})
	}
	res, err := ask.Transport().RoundTrip(r)
	if err != nil {
		e.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		e.t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// TestVersions: versions run, get traffic by their split, crash and stop.
func TestVersions(t *testing.T) {
	t.Parallel()
	e, image := live(t)
	emulator.Get[*appengine.Server](e.Server).Most = 2
	if o := e.deploy(image, "one", `"envVariables":{"TEXT":"one"},"readinessCheck":{"path":"/ready","appStartTimeout":"300s"}`); o.Error != nil {
		t.Fatal(o.Error)
	}
	if _, got := e.get("shop", ""); got != "one default" {
		t.Errorf("the first has all traffic: %q", got)
	}
	if o := e.deploy(image, "two", `"envVariables":{"TEXT":"two"}`); o.Error != nil {
		t.Fatal(o.Error)
	}
	for name, want := range map[string]string{"shop": "one default", "default-dot-shop": "one default", "two-dot-shop": "two default", "two-dot-default-dot-shop": "two default"} {
		if _, got := e.get(name, ""); got != want {
			t.Errorf("%s answers %q, want %q", name, got, want)
		}
	}
	if got := e.must("GET", service+"/versions/one/instances", ""); strings.Count(got, `"vmLiveness":"HEALTHY"`) != 2 {
		t.Errorf("instances: %s", got)
	}
	e.must("PATCH", service+"?updateMask=split", `{"split":{"shardBy":"COOKIE","allocations":{"one":0.3,"two":0.7}}}`)
	for cookie, want := range map[string]string{"0": "one default", "299": "one default", "300": "two default", "999": "two default"} {
		if _, got := e.get("shop", cookie); got != want {
			t.Errorf("cookie %s leads to %q, want %q", cookie, got, want)
		}
	}
	e.must("PATCH", service+"?updateMask=split", `{"split":{"allocations":{"two":1}}}`)
	e.wait(e.must("PATCH", service+"/versions/one?updateMask=servingStatus", `{"servingStatus":"STOPPED"}`))
	if code, _ := e.get("one-dot-shop", ""); code != http.StatusNotFound {
		t.Errorf("a stopped version answers %d", code)
	}
	if got := fmt.Sprint(emulator.Get[*appengine.Server](e.Server).Running()); got != "[apps/shop/services/default/versions/two]" {
		t.Errorf("running: %s", got)
	}
	e.wait(e.must("PATCH", service+"/versions/one?updateMask=servingStatus", `{"servingStatus":"SERVING"}`))
	if _, got := e.get("one-dot-shop", ""); got != "one default" {
		t.Errorf("a version that was started again answers %q", got)
	}
}

// TestFailedVersions: the errors are Google's, and nothing is left.
func TestFailedVersions(t *testing.T) {
	t.Parallel()
	e, image := live(t)
	o := e.deploy(image, "crash", `"envVariables":{"TEXT":"x","CRASH":"1"},"readinessCheck":{"path":"/ready"}`)
	if o.Error == nil || o.Error.Code != 9 || o.Error.Message != "Application startup error! Code: APP_CONTAINER_CRASHED\nImportError: libgfortran.so.5" {
		t.Errorf("a crash: %+v", o.Error)
	}
	o = e.deploy(image, "sick", `"envVariables":{"TEXT":"x","SICK":"1"},"readinessCheck":{"path":"/ready","appStartTimeout":"3s"}`)
	if o.Error == nil || o.Error.Code != 4 || !strings.Contains(o.Error.Message, "Your deployment has failed to become healthy in the allotted time and therefore was rolled back.") {
		t.Errorf("a sick one: %+v", o.Error)
	}
	o = e.deploy("europe-west1-docker.pkg.dev/shop/r/none:1", "none", `"envVariables":{"TEXT":"x"}`)
	if o.Error == nil || !strings.Contains(o.Error.Message, "could not be pulled") {
		t.Errorf("no image: %+v", o.Error)
	}
	// Nobody asks a version without a path whether it is well.
	if o := e.deploy(image, "unasked", `"envVariables":{"TEXT":"x","SICK":"1"}`); o.Error != nil {
		t.Errorf("without a path: %+v", o.Error)
	}
	if got := e.must("GET", service+"/versions", ""); strings.Count(got, `"id"`) != 1 || !strings.Contains(got, `"unasked"`) {
		t.Errorf("versions: %s", got)
	}
}
