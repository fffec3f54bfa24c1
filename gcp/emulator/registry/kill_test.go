package registry_test

import (
	"context"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/registry"
)

// TestMain can be the process of the emulators, to be killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("GCPDEPLOY_TEST_SERVE"); dir != "" {
		s, err := emulator.Start(context.Background(), emulator.Options{Dir: dir})
		if err != nil {
			panic(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "ready"), []byte(s.Addr()), 0o600); err != nil {
			panic(err)
		}
		_ = s.Wait()
		return
	}
	m.Run()
}

// child runs the emulators in a process of their own; kill is SIGKILL.
func child(t *testing.T, dir string) (addr string, kill func()) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ready := filepath.Join(dir, "ready")
	_ = os.Remove(ready)
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), exe)
	cmd.Env = append(os.Environ(), "GCPDEPLOY_TEST_SERVE="+dir)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	t.Cleanup(kill)
	var data []byte
	until(func() bool {
		data, _ = os.ReadFile(ready)
		return len(data) > 0
	})
	return string(data), kill
}

func until(done func() bool) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		<-tick.C
	}
}

func TestKillDuringPush(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := start(t, dir)
	f.create(t, f.client(t, false), "repo")
	before, err := f.push(t, "proj/repo/app:before")
	if err != nil {
		t.Fatal(err)
	}
	f.stop(t)

	addr, kill := child(t, dir)
	post := func(method, url string, body io.Reader) (*http.Response, error) {
		r, err := http.NewRequestWithContext(t.Context(), method, url, body)
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth("oauth2accesstoken", f.token)
		return http.DefaultClient.Do(r)
	}
	resp, err := post("POST", "http://"+addr+"/v2/proj/repo/app/blobs/uploads/", nil)
	if err != nil || resp.StatusCode != 202 {
		t.Fatal(resp, err)
	}
	resp.Body.Close()
	body, half := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		resp, err := post("PATCH", resp.Header.Get("Location"), body)
		if err == nil {
			resp.Body.Close()
		}
		ended <- err
	}()
	if _, err := io.WriteString(half, strings.Repeat("x", 1<<20)); err != nil {
		t.Fatal(err)
	}
	uploads := func() (n int) {
		_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, _ error) error {
			if strings.Contains(path, "_uploads") && filepath.Base(path) == "data" {
				if fi, err := d.Info(); err == nil && fi.Size() > 0 {
					n++
				}
			}
			return nil
		})
		return n
	}
	until(func() bool { return uploads() > 0 })
	kill()
	_ = half.CloseWithError(io.ErrUnexpectedEOF)
	if err := <-ended; err == nil {
		t.Error("an upload ended well on a killed server")
	}

	f = start(t, dir)
	if f.Addr() != addr {
		t.Errorf("port %s became %s", addr, f.Addr())
	}
	c := f.client(t, false)
	got, err := c.GetTag(t.Context(), &artifactregistrypb.GetTagRequest{Name: repository + "/packages/app/tags/before"})
	if err != nil || !strings.HasSuffix(got.GetVersion(), before) {
		t.Errorf("what was there: %v %v", got, err)
	}
	image, err := random.Image(1<<20, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.write(t, "proj/repo/app:after", image); err != nil {
		t.Fatal(err)
	}
	back, err := f.read(t, "proj/repo/app@"+digest(t, image))
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(back); err != nil {
		t.Error(err)
	}
	// The half layer is removed once it is too old to be waited for.
	old := time.Now().Add(-2 * time.Hour)
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, _ error) error {
		if d.IsDir() && filepath.Base(filepath.Dir(path)) == "_uploads" {
			_ = os.Chtimes(path, old, old)
		}
		return nil
	})
	f.stop(t)
	start(t, dir)
	if n := uploads(); n != 0 {
		t.Errorf("%d uploads left", n)
	}
}

func TestDroppedConnection(t *testing.T) {
	t.Parallel()
	f := start(t, t.TempDir())
	c := f.client(t, false)
	f.create(t, c, "repo")
	emulator.Get[*registry.Server](f.Server).Faults.Drop("uploads.PATCH", 1, 100)
	if _, err := f.push(t, "proj/repo/app:t"); err == nil {
		t.Error("a push over a cut connection ended well")
	}
	_, err := c.GetTag(t.Context(), &artifactregistrypb.GetTagRequest{Name: repository + "/packages/app/tags/t"})
	want(t, "tag after a cut push", err, codes.NotFound)
	emulator.Get[*registry.Server](f.Server).Faults.Fail("manifests.PUT", 1, codes.Unavailable)
	if _, err := f.push(t, "proj/repo/app:t"); err == nil {
		t.Error("the fault did not show")
	}
	if _, err := f.push(t, "proj/repo/app:t"); err != nil {
		t.Error(err)
	}
	emulator.Get[*registry.Server](f.Server).Faults.Fail("GetTag", 1, codes.PermissionDenied)
	_, err = c.GetTag(t.Context(), &artifactregistrypb.GetTagRequest{Name: repository + "/packages/app/tags/t"})
	want(t, "faulty get", err, codes.PermissionDenied)
	if images, err := emulator.Get[*registry.Server](f.Server).Images(); err != nil || len(images) == 0 {
		t.Errorf("images %v %v", images, err)
	}
}

// Layers of deleted images are freed at the next start, the others stay.
func TestDeletedLayersAreFreed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := start(t, dir)
	c := f.client(t, false)
	f.create(t, c, "repo")
	f.create(t, c, "gone")
	keep, err := f.push(t, "proj/repo/app:keep")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.push(t, "proj/gone/app:t"); err != nil {
		t.Fatal(err)
	}
	blobs := func() int {
		m, err := filepath.Glob(filepath.Join(dir, "registry/oci/docker/registry/v2/blobs/sha256/*/*/data"))
		if err != nil {
			t.Fatal(err)
		}
		return len(m)
	}
	op, err := c.DeleteRepository(t.Context(), &artifactregistrypb.DeleteRepositoryRequest{Name: location + "/repositories/gone"})
	if err != nil {
		t.Fatal(err)
	}
	if err := op.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := blobs(); n != 8 { // two images of two layers, config, manifest
		t.Errorf("%d blobs", n)
	}
	f.stop(t)
	f = start(t, dir)
	if n := blobs(); n != 4 {
		t.Errorf("%d blobs after a restart", n)
	}
	image, err := f.read(t, "proj/repo/app@"+keep)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(image); err != nil {
		t.Error(err)
	}
}
