package docker_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

func TestNoEngine(t *testing.T) {
	t.Setenv("DOCKER_HOST", "unix://"+filepath.Join(t.TempDir(), "no.sock"))
	c, err := docker.New()
	if err != nil {
		t.Fatal(err)
	}
	err = c.Ping(t.Context())
	if errs.KindOf(err) != errs.Internal || !strings.Contains(errs.HintOf(err), "DOCKER_HOST") {
		t.Errorf("Ping = %v, kind %v, hint %q", err, errs.KindOf(err), errs.HintOf(err))
	}
	t.Setenv("DOCKER_HOST", "not an address")
	if _, err := docker.New(); errs.KindOf(err) != errs.Usage {
		t.Errorf("New with a bad DOCKER_HOST = %v", err)
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	c := dockertest.Require(t)
	labels := dockertest.Labels(t, c)
	var stdout, stderr bytes.Buffer
	exit, err := c.Run(t.Context(), docker.Container{
		Image: dockertest.Image(), Entrypoint: []string{"sh", "-c"}, Env: []string{"A=b"}, WorkDir: "/tmp", Labels: labels,
		Cmd: []string{"echo $A $(pwd); echo oops >&2; exit 3"},
	}, &stdout, &stderr)
	if err != nil || exit != 3 || stdout.String() != "b /tmp\n" || stderr.String() != "oops\n" {
		t.Errorf("Run = %d, %v; stdout %q, stderr %q", exit, err, stdout.String(), stderr.String())
	}
	if list, err := c.List(t.Context(), labels); err != nil || len(list) != 0 {
		t.Errorf("after Run: %v, %v; want nothing left", list, err)
	}
}

func TestRunLongOutput(t *testing.T) {
	t.Parallel()
	c := dockertest.Require(t)
	var both bytes.Buffer
	exit, err := c.Run(t.Context(), docker.Container{Image: dockertest.Image(), Labels: dockertest.Labels(t, c),
		Entrypoint: []string{"seq", "100000"}}, &both, &both)
	if err != nil || exit != 0 || bytes.Count(both.Bytes(), []byte("\n")) != 100000 {
		t.Errorf("Run = %d, %v; %d lines", exit, err, bytes.Count(both.Bytes(), []byte("\n")))
	}
}

func TestRunCancelled(t *testing.T) {
	t.Parallel()
	c := dockertest.Require(t)
	labels := dockertest.Labels(t, c)
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	out := writerFunc(func(p []byte) (int, error) { cancel(cause); return len(p), nil })
	_, err := c.Run(ctx, docker.Container{Image: dockertest.Image(), Labels: labels,
		Entrypoint: []string{"sh", "-c", "trap 'exit 0' TERM; echo up; sleep 60 & wait"}}, out, nil)
	if !errors.Is(err, cause) {
		t.Errorf("Run = %v, want %v", err, cause)
	}
	if list, err := c.List(t.Context(), labels); err != nil || len(list) != 0 {
		t.Errorf("after Run: %v, %v; want nothing left", list, err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestLifeOfAServer(t *testing.T) {
	t.Parallel()
	c := dockertest.Require(t)
	labels := dockertest.Labels(t, c)
	ctx := t.Context()
	id, err := c.Create(ctx, docker.Container{Image: dockertest.Image(), Labels: labels, PublishPort: 8080, Memory: 64 << 20, CPUs: 0.5,
		Entrypoint: []string{"python3", "-um", "http.server", "8080"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(ctx, id); err != nil {
		t.Fatal(err)
	}
	s, err := c.Inspect(ctx, id)
	if err != nil || !s.Running || s.HostPort == 0 || s.IP == "" || s.Labels[docker.Label] != labels[docker.Label] {
		t.Fatalf("Inspect = %+v, %v", s, err)
	}
	for {
		res, err := http.Get("http://127.0.0.1:" + strconv.Itoa(s.HostPort))
		if err == nil {
			res.Body.Close()
			break
		}
		<-time.After(20 * time.Millisecond)
	}
	if err := c.Stop(ctx, id, 0); err != nil {
		t.Fatal(err)
	}
	if exit, err := c.Wait(ctx, id); err != nil || exit != 137 {
		t.Errorf("Wait = %d, %v; want 137 after a kill", exit, err)
	}
	var log bytes.Buffer
	if err := c.Logs(ctx, id, false, &log, &log); err != nil || !strings.Contains(log.String(), "GET / HTTP/1.1") {
		t.Errorf("Logs = %q, %v", log.String(), err)
	}
	for range 2 { // a second time is fine
		if err := c.Remove(ctx, id); err != nil {
			t.Error(err)
		}
	}
	if _, err := c.Inspect(ctx, id); errs.KindOf(err) != errs.NotFound {
		t.Errorf("Inspect after Remove = %v", err)
	}
}

// TestReadFile: a file of an image is read without running anything of it, also of
// one that has nothing to run, and no container stays.
func TestReadFile(t *testing.T) {
	t.Parallel()
	c := dockertest.Require(t)
	labels := dockertest.Labels(t, c)
	data, err := c.ReadFile(t.Context(), dockertest.Image(), "etc/passwd", labels)
	if err != nil || !strings.HasPrefix(string(data), "root:") {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := c.ReadFile(t.Context(), dockertest.Image(), "etc/nothing", labels); errs.KindOf(err) != errs.NotFound {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := c.ReadFile(t.Context(), dockertest.Image(), "etc", labels); err == nil || !strings.Contains(err.Error(), "it is no file") {
		t.Errorf("a folder: %v", err)
	}
	empty := "gcpdeploy.local/test-empty:" + labels[docker.Label]
	if err := c.Empty(t.Context(), empty); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.RemoveImage(context.WithoutCancel(t.Context()), empty) })
	if _, err := c.ReadFile(t.Context(), empty, "report.json", labels); errs.KindOf(err) != errs.NotFound {
		t.Errorf("a file of an empty image: %v", err)
	}
	if list, err := c.List(t.Context(), labels); err != nil || len(list) > 0 {
		t.Errorf("containers stay: %v %v", list, err)
	}
}

func TestImages(t *testing.T) {
	t.Parallel()
	c := dockertest.Require(t)
	ctx := t.Context()
	name := "gcpdeploy.local/test-images:" + dockertest.Labels(t, c)[docker.Label]
	if err := c.Tag(ctx, dockertest.Image(), name); err != nil {
		t.Fatal(err)
	}
	if list, err := c.Images(ctx, name); err != nil || len(list) != 1 || list[0] != name {
		t.Errorf("Images = %v, %v", list, err)
	}
	for range 2 {
		if err := c.RemoveImage(ctx, name); err != nil {
			t.Error(err)
		}
	}
	if ok, err := c.HasImage(ctx, name); ok || err != nil {
		t.Errorf("HasImage after RemoveImage = %v, %v", ok, err)
	}
	if ok, err := c.HasImage(ctx, dockertest.Image()); !ok || err != nil {
		t.Errorf("HasImage(base) = %v, %v", ok, err)
	}
	if _, err := c.Create(ctx, docker.Container{Image: name}); errs.KindOf(err) != errs.NotFound {
		t.Errorf("Create from no image = %v", err)
	}
}

func TestNetwork(t *testing.T) {
	t.Parallel()
	c := dockertest.Require(t)
	labels := dockertest.Labels(t, c)
	name := "gcpdeploy-" + labels[docker.Label]
	for range 2 {
		if err := c.EnsureNetwork(t.Context(), name, labels); err != nil {
			t.Fatal(err)
		}
	}
	exit, err := c.Run(t.Context(), docker.Container{Image: dockertest.Image(), Network: name, Labels: labels, Entrypoint: []string{"true"}}, nil, nil)
	if err != nil || exit != 0 {
		t.Errorf("Run = %d, %v", exit, err)
	}
	for range 2 {
		if err := c.RemoveNetwork(t.Context(), name); err != nil {
			t.Error(err)
		}
	}
}

func TestCommandReal(t *testing.T) {
	t.Parallel()
	dockertest.Require(t)
	path, err := docker.Command(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}
