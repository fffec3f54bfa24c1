package run_test

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cloud.google.com/go/run/apiv2/runpb"
	"github.com/google/go-containerregistry/pkg/registry"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// TestPull: an image by digest comes from the registry, with our token, and
// only when Docker lacks it.
func TestPull(t *testing.T) {
	t.Parallel()
	c := withDocker(t)
	ctx := t.Context()
	backend := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, password, _ := r.BasicAuth(); password != "token" {
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
			http.Error(w, `{"errors":[{"code":"UNAUTHORIZED"}]}`, http.StatusUnauthorized)
			return
		}
		backend.ServeHTTP(w, r)
	}))
	defer srv.Close()
	name := strings.TrimPrefix(srv.URL, "http://") + "/demo/gcpdeploy/hello"
	auth := docker.Auth{Username: "oauth2accesstoken", Password: "token"}
	engine := c.Docker.(*docker.Client)
	push(t, engine, name+":run-1", auth)
	img, ok, err := c.Docker.InspectImage(ctx, name+":run-1")
	if err != nil || !ok || len(img.Digests) == 0 {
		t.Fatalf("%+v, %v, %v", img, ok, err)
	}
	var digest string
	for _, d := range img.Digests {
		if strings.HasPrefix(d, name+"@") {
			digest = d
		}
	}
	forget := func() {
		for _, ref := range []string{name + ":run-1", digest} {
			if err := engine.RemoveImage(context.WithoutCancel(ctx), ref); err != nil {
				t.Error(err)
			}
		}
	}
	forget()
	denied := start(t, c) // without a token
	c.Pull.Addr = strings.TrimPrefix(srv.URL, "http://")
	if _, err := denied.create("denied", service(&runpb.Container{Image: digest})); status.Code(err) != codes.PermissionDenied {
		t.Errorf("without a token: %v", err)
	}
	c.Pull.Auth, c.Dir = func(string) docker.Auth { return auth }, t.TempDir()
	t.Cleanup(forget) // after the containers are gone
	e := start(t, c)
	svc, err := e.create("hello", service(&runpb.Container{Image: digest}))
	if err != nil {
		t.Fatal(err)
	}
	if _, body, _ := fetch(t, svc.GetUri(), ""); body != "app hello" {
		t.Errorf("%q", body)
	}
	unknown := name + "@sha256:" + strings.Repeat("0", 64)
	if _, err := e.update(updated(svc.GetName(), &runpb.Container{Image: unknown})); status.Code(err) != codes.NotFound || !strings.Contains(err.Error(), "Image '"+unknown+"' not found.") {
		t.Errorf("an unknown digest: %v", err)
	}
	if got := e.get(svc.GetName()).GetTerminalCondition().GetReason(); got != runpb.Condition_CONTAINER_MISSING {
		t.Errorf("reason %v", got)
	}
}

// push builds the image of testdata/app, and sends it to a registry.
func push(t *testing.T, c *docker.Client, ref string, auth docker.Auth) {
	t.Helper()
	dir := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", filepath.Join(dir, "app"), "./testdata/app")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte("FROM scratch\nCOPY app /app\nENTRYPOINT [\"/app\"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tool, err := docker.Command(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), tool, "build", "-q", "-t", ref, dir)
	cmd.Env = append(os.Environ(), "DOCKER_BUILDKIT=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := c.Push(t.Context(), ref, auth); err != nil {
		t.Fatal(err)
	}
}
