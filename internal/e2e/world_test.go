package e2e

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/empty"

	"github.com/gcpdeploy/gcpdeploy/cmd"
	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	emubuild "github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/registry"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

const (
	project = "demo"
	region  = "europe-west1"
	version = "dev-e2e"
	role    = "GCPDEPLOY_E2E_ROLE" // what a process of this test binary plays: "client" or "emulators"
)

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "client":
		s := ui.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Width: func() int { return 80 }}
		os.Exit(cmd.Main(context.Background(), s, deps(os.LookupEnv, os.Getenv("HOME")), os.Args))
	case "emulators":
		os.Exit(emulatorsMain())
	}
	os.Exit(m.Run())
}

func deps(lookup func(string) (string, bool), home string) cmd.Deps {
	d := cmd.Deps{Version: func() string { return version }, Lookup: lookup, Home: home, Exe: "/bin/true", Now: time.Now}
	if dir, ok := lookup(machineDir); ok {
		d.Machine = machine(dir)
	}
	return d
}

// emulatorsMain serves until it is killed, or until who started it is gone.
func emulatorsMain() int {
	s, err := serve(context.Background(), os.Getenv("WORLD"), os.Getenv("ADDR"), func() time.Duration { return 0 })
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Fprintln(os.Stdout, "serving on "+s.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

// serve starts emulators on the world's folder.
func serve(ctx context.Context, dir, addr string, limit func() time.Duration, tune ...func(*emulator.Options)) (*emulator.Server, error) {
	o := emulator.Options{
		Dir: filepath.Join(dir, "state"), Addr: addr, Executor: &script{dir, limit}, Containers: newContainers(filepath.Join(dir, "state", "token")),
	}
	for _, f := range tune {
		f(&o)
	}
	return emulator.Start(ctx, o)
}

// world is emulators with an app, and the script of what happens in its builds.
type world struct {
	dir, app, addr string
	server         *emulator.Server // when they run in this process
	process        *exec.Cmd        // when they do not
	access         *gcp.Access
	wire           wire
}

// newWorld starts emulators in this process, or in one that can be killed.
func newWorld(t *testing.T, apart bool, tune ...func(*emulator.Options)) *world {
	t.Helper()
	w := emptyWorld(t)
	if apart {
		w.addr = freeAddr(t)
		w.startProcess(t)
		t.Cleanup(func() { w.killEmulators() })
	} else {
		w.start(t, tune...)
	}
	w.connect(t)
	r := w.registry()
	if err := r.EnsureRepository(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Push(t.Context(), "builder", version, empty.Image); err != nil {
		t.Fatal(err)
	}
	return w
}

// emptyWorld has an app, and no emulators yet.
func emptyWorld(t *testing.T) *world {
	t.Helper()
	w := &world{dir: t.TempDir()}
	w.app = w.newApp(t, "hello", "one")
	if err := os.MkdirAll(filepath.Join(w.dir, "hold"), 0o700); err != nil {
		t.Fatal(err)
	}
	return w
}

// start starts emulators in this process.
func (w *world) start(t *testing.T, tune ...func(*emulator.Options)) {
	t.Helper()
	s, err := serve(context.WithoutCancel(t.Context()), w.dir, "", w.wire.patience, tune...)
	if err != nil {
		t.Fatal(err)
	}
	w.server, w.addr = s, s.Addr()
	s.Disturb(w.wire.trouble)
	t.Cleanup(func() {
		if err := s.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
}

// connect has the test itself call them, as their owner.
func (w *world) connect(t *testing.T) {
	t.Helper()
	w.access = gcp.New(gcp.FromEnvironment(w.lookup))
	t.Cleanup(func() { _ = w.access.Close() })
}

func (w *world) registry() *registry.Client {
	return registry.New(w.access, project, region, "gcpdeploy")
}

// freeAddr is below the ports that the system gives out, so that it is free
// again after a kill.
func freeAddr(t *testing.T) string {
	t.Helper()
	for range 100 {
		addr := fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(10000))
		if l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", addr); err == nil {
			_ = l.Close()
			return addr
		}
	}
	t.Fatal("no free port")
	return ""
}

func (w *world) startProcess(t *testing.T) {
	t.Helper()
	w.process = exec.Command(os.Args[0])
	w.process.Env = append(os.Environ(), role+"=emulators", "WORLD="+w.dir, "ADDR="+w.addr)
	w.process.Stderr = os.Stderr
	if _, err := w.process.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := w.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.process.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("the emulators did not start: %q, %v", line, err)
	}
}

// cloudbuild is the emulator of builds in this process.
func (w *world) cloudbuild() *emubuild.Server { return emulator.Get[*emubuild.Server](w.server) }

// killEmulators is SIGKILL: nothing is tidied away.
func (w *world) killEmulators() {
	_ = w.process.Process.Kill()
	_ = w.process.Wait()
}

// env is how a client finds the emulators.
func (w *world) env() []string {
	c := gcp.Config{
		Endpoints: gcp.Endpoints{Base: "http://" + w.addr + "/"},
		TokenFile: filepath.Join(w.dir, "state", "token"),
	}
	return c.Environment()
}

func (w *world) lookup(name string) (string, bool) {
	for _, line := range w.env() {
		if k, v, _ := strings.Cut(line, "="); k == name {
			return v, true
		}
	}
	return "", false
}

// newApp makes an app whose container answers with text.
func (w *world) newApp(t *testing.T, service, text string) string {
	t.Helper()
	dir := filepath.Join(w.dir, "apps", service+"-"+text)
	files := map[string]string{
		"gcpdeploy.yaml": "service: " + service + "\nproject: " + project + "\nregion: " + region + "\npython: \"3.12\"\n" +
			"base_image: 127.0.0.1:1/python:3.12\nentrypoint: [/env/bin/python, wsgi.py]\n" +
			"test: {command: [python, -m, pytest], requirements: [dev.txt]}\nrun: {allow_unauthenticated: true}\n",
		"requirements.txt": "flask==3.0.0\nnumpy==2.1.0\n",
		"dev.txt":          "pytest==8.3.3\n",
		"wsgi.py":          text + "\n",
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// token is the owner's.
func (w *world) token(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(w.dir, "state", "token"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(data))
}
