package builder_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// server answers every request with what the function answer says.
const server = `
import http.server, os, socket, threading, time
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status, text = answer(self.path)
        self.send_response(status); self.send_header("Content-Length", str(len(text))); self.end_headers()
        self.wfile.write(text.encode())
class S(http.server.ThreadingHTTPServer):
    address_family = FAMILY
S(("HOST", PORT), H).serve_forever()
`

// serve is a program that answers on host and port.
func serve(host, port, answer string) string {
	family := "socket.AF_INET"
	if strings.Contains(host, ":") {
		family = "socket.AF_INET6"
	}
	return "def answer(path): " + answer + "\n" + strings.NewReplacer("HOST", host, "PORT", port, "FAMILY", family).Replace(server)
}

// hangUp is a program that takes connections, does something, and drops them.
func hangUp(does string) string {
	return `import socket, time
s = socket.create_server(("", 8080))
while True:
    c, _ = s.accept()
    ` + does + `
    c.close()
`
}

const ok = `return 200, "hello"`

func TestStart(t *testing.T) {
	t.Parallel()
	w := newStarts(t)
	for _, tt := range []struct {
		name, code  string
		change      func(*builder.StartOptions)
		out         []string // substrings of the output
		warns       string
		fails, hint string // "" = succeeds
	}{
		{name: "answers", code: `import os; assert os.environ["WHO"] == "the target" and os.environ["MODE"] == "test"` + "\n" + serve("", `int(os.environ["PORT"])`, ok),
			out: []string{"listens on 8080, answers / with 200 OK after "}},
		{name: "answers on v6", code: serve("::", "8080", ok), out: []string{"listens on 8080, answers / with 200 OK after "}},
		{name: "redirects", code: serve("", "8080", `return 302, ""`), out: []string{"answers / with 302 Found"}},
		{name: "no such page", code: serve("", "8080", `return 404, ""`), out: []string{"answers / with 404 Not Found"}},
		{name: "fails on its front page", code: serve("", "8080", `return 500, "<html><head><title>x</title></head><h1>no table users</h1>"`),
			out: []string{"listens on 8080"}, warns: "the app answers / with 500 Internal Server Error: no table users"},
		{name: "a path", code: serve("", "8080", `return (204 if path == "/healthz?a=1" else 500), ""`),
			change: asks(plan.Answer{Path: "/healthz?a=1"}), out: []string{"answers /healthz?a=1 with 204 No Content"}},
		{name: "a path that is not there", code: serve("", "8080", `return 404, "nothing here"`),
			change: asks(plan.Answer{Path: "/healthz"}), fails: "answers /healthz with 404 Not Found; wanted is 200 to 399: nothing here", hint: "under `start`"},
		{name: "a path that is ready late", code: "late = []\n" + serve("", "8080", `late.append(1); return (200 if len(late) > 4 else 503), ""`),
			change: asks(plan.Answer{Path: "/healthz"}), out: []string{"answers /healthz with 200 OK"}},
		{name: "a status", code: serve("", "8080", `return 401, ""`), change: asks(plan.Answer{Status: 401}), out: []string{"answers / with 401"}},
		{name: "another status", code: serve("", "8080", ok), change: asks(plan.Answer{Status: 401}), fails: "answers / with 200 OK; wanted is 401"},
		{name: "crashes", code: `print("starting"); raise SystemExit("no such module")`,
			out: []string{"the app's output:\n", "starting\n", "no such module"}, fails: "exited with code 1 instead of serving on port 8080", hint: "output above"},
		{name: "raises", code: `import not_installed`, fails: "exited with code 1 instead of serving on port 8080: ModuleNotFoundError: No module named 'not_installed'"},
		{name: "exits at once", code: ``, out: []string{"the app wrote nothing"}, fails: "exited with code 0", hint: "output"},
		{name: "exits after an answer", code: "import os, threading\n" + serve("", "8080", `threading.Timer(0.1, os._exit, [7]).start(); `+ok), fails: "exited with code 7"},
		{name: "never listens", code: `import time; time.sleep(60)`, change: within(500 * time.Millisecond),
			fails: "did not listen on 0.0.0.0:8080 within", hint: "$PORT (8080)"},
		{name: "never answers", code: hangUp("time.sleep(60)"), change: within(15 * time.Second), fails: "listens on port 8080, and did not answer within 15s", hint: "start_timeout"},
		{name: "drops connections", code: hangUp("pass"), fails: "listens on port 8080, and did not answer within", hint: "protocol: tcp"},
		{name: "only listens, as it says", code: hangUp("time.sleep(60)"), change: asks(plan.Answer{Protocol: "tcp"}), out: []string{"listens on 8080 after "}},
		{name: "another protocol", code: hangUp(`c.recv(99); c.sendall(b"220 mail\r\n")`), fails: "answers on port 8080, but not in HTTP: ", hint: "start.protocol"},
		{name: "gRPC, unsaid", code: hangUp(`c.sendall(b"\0\0\0\4\0\0\0\0\0"); c.recv(99)`), fails: "speaks HTTP/2 alone", hint: "protocol: grpc"},
		{name: "gRPC", code: hangUp(`c.recv(99); c.sendall(b"\0\0\0\4\0\0\0\0\0")`), change: asks(plan.Answer{Protocol: "grpc"}), out: []string{"listens on 8080, answers as gRPC does after "}},
		{name: "no gRPC", code: serve("", "8080", ok), change: asks(plan.Answer{Protocol: "grpc"}), fails: "answers on port 8080, but not in GRPC", hint: "start.protocol"},
		{name: "workers fail", code: `print("Traceback:\nModuleNotFoundError: No module named 'x'\n[9] [ERROR] Reason: Worker failed to boot.", flush=True)` + "\n" + hangUp("time.sleep(60)"),
			fails: `does not start its workers, "[9] [ERROR] Reason: Worker failed to boot.": ModuleNotFoundError: No module named 'x'`},
		{name: "one worker of two fails", code: `print("INFO:     Child process [9] died", flush=True)` + "\n" + serve("", "8080", ok), fails: "Child process [9] died"},
		{name: "loopback", code: serve("127.0.0.1", `8080`, ok), change: within(15 * time.Second),
			fails: "listens only on 127.0.0.1:8080, where the target cannot reach it", hint: "0.0.0.0:8080 instead of 127.0.0.1:8080"},
		{name: "other port", code: serve("", `5000`, ok), change: within(15 * time.Second), fails: "listens on 0.0.0.0:5000 instead of 0.0.0.0:8080", hint: "run.port"},
		{name: "too little memory", code: `x = bytearray(200 << 20); import time; time.sleep(60)`,
			change: func(o *builder.StartOptions) {
				o.Contract.Memory = release.Memory{Bytes: 64 << 20, Text: "64Mi", Key: "run.memory"}
			}, fails: "more memory than its limit of 64Mi", hint: "run.memory"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := w.options(t, tt.code)
			if tt.change != nil {
				tt.change(&o)
			}
			var out bytes.Buffer
			started, err := builder.Start(t.Context(), w.docker, o, &out)
			for _, want := range tt.out {
				if !strings.Contains(out.String(), want) {
					t.Errorf("output %q lacks %q", out.String(), want)
				}
			}
			if !strings.Contains(started.Warning, tt.warns) || tt.warns == "" && started.Warning != "" {
				t.Errorf("it warns %q, want %q", started.Warning, tt.warns)
			}
			switch {
			case tt.fails == "" && err != nil:
				t.Errorf("Start: %v\n%s", err, out.String())
			case tt.fails != "" && (err == nil || !strings.Contains(err.Error(), tt.fails) || errs.KindOf(err) != errs.Build || !strings.Contains(errs.HintOf(err), tt.hint)):
				t.Errorf("Start = %v, hint %q; want %q, %q\n%s", err, errs.HintOf(err), tt.fails, tt.hint, out.String())
			}
			t.Log(strings.TrimSpace(out.String()), err)
			w.empty(t, o)
		})
	}
}

func asks(a plan.Answer) func(*builder.StartOptions) {
	return func(o *builder.StartOptions) {
		if a.Protocol == "" {
			a.Protocol = "http"
		}
		o.Answer = a
	}
}

func within(d time.Duration) func(*builder.StartOptions) {
	return func(o *builder.StartOptions) { o.Timeout = d }
}

// starts are the images of tests of Start.
type starts struct {
	docker     *docker.Client
	app, probe string
}

func newStarts(t *testing.T) starts {
	t.Helper()
	c := dockertest.Require(t)
	return starts{
		docker: c,
		probe:  probeImage(t, c),
		app:    image(t, c, "app", "FROM BASE\nCMD []\nENTRYPOINT [\"python3\", \"-c\", \"import os; exec(os.environ['CODE'])\"]\n", map[string]string{}),
	}
}

func (s starts) options(t *testing.T, code string) builder.StartOptions {
	return builder.StartOptions{
		Image: s.app, Builder: s.probe, Answer: plan.Answer{Protocol: "http"}, Labels: dockertest.Labels(t, s.docker),
		Env: map[string]string{"CODE": code, "MODE": "test", "PORT": "1"},
		Contract: release.Contract{
			Title: "the target", Env: map[string]string{"PORT": "8080", "WHO": "the target"}, Port: 8080, PortKey: "run.port", CPUs: 8,
			Memory: release.Memory{Bytes: 512 << 20, Text: "512Mi", Key: "run.memory"},
		},
	}
}

// empty holds that no container stayed.
func (s starts) empty(t *testing.T, o builder.StartOptions) {
	t.Helper()
	if list, err := s.docker.List(t.Context(), o.Labels); err != nil || len(list) > 0 {
		t.Errorf("left behind: %v, %v", list, err)
	}
}

func TestStartWithoutEntrypoint(t *testing.T) {
	t.Parallel()
	w := newStarts(t)
	o := w.options(t, "")
	o.Image = image(t, w.docker, "nothing", "FROM BASE\nENTRYPOINT [\"/nothing\"]\n", map[string]string{})
	if _, err := builder.Start(t.Context(), w.docker, o, &bytes.Buffer{}); errs.KindOf(err) != errs.Build {
		t.Errorf("Start = %v", err)
	}
	o.Contract.Lacks = []string{"run.volumes", "run.vpc"}
	if _, err := builder.Start(t.Context(), w.docker, o, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "; this check is without run.volumes, run.vpc") || !strings.Contains(errs.HintOf(err), "Check the entrypoint. If it") {
		t.Errorf("Start = %v, hint %q", err, errs.HintOf(err))
	}
}

func TestStartCancelled(t *testing.T) {
	t.Parallel()
	w := newStarts(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	time.AfterFunc(700*time.Millisecond, func() { cancel(cause) })
	o := w.options(t, "import time; time.sleep(60)")
	if _, err := builder.Start(ctx, w.docker, o, &bytes.Buffer{}); !errors.Is(err, cause) && !errors.Is(err, context.Canceled) {
		t.Errorf("Start = %v", err)
	}
	w.empty(t, o)
}
