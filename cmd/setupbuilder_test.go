package cmd_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	images "github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/registry"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
)

// golang is a worker that makes the builder image of nothing. It fails in a step
// that says so.
type golang struct {
	push func(ctx context.Context, tag string) error
	mu   sync.Mutex
	ran  []string // steps' arguments
	seen string   // of go.mod in the workspace
}

func (g *golang) Step(ctx context.Context, r worker.StepRequest) (int, error) {
	args := strings.Join(r.Step.GetArgs(), " ")
	g.mu.Lock()
	g.ran = append(g.ran, args)
	if text, err := os.ReadFile(filepath.Join(r.Options.Workspace, "go.mod")); err == nil {
		g.seen = string(text)
	}
	g.mu.Unlock()
	if args == "fail" {
		fmt.Fprintln(r.Stdout, "cannot compile")
		return 1, nil
	}
	if ref, ok := strings.CutPrefix(args, "push "); ok {
		return 0, g.push(ctx, ref[strings.LastIndexByte(ref, ':')+1:])
	}
	return 0, nil
}

// elsewhere is a new project, for a program that builds' workers cannot run.
func elsewhere(t *testing.T, version string) (cloud, *golang, *registry.Client) {
	t.Helper()
	g := &golang{}
	c := newCloud(t, emulator.Options{Executor: g})
	exe := filepath.Join(t.TempDir(), "gcpdeploy")
	if err := os.WriteFile(exe, []byte("Mach-O"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.deps.Exe, c.deps.Version = exe, func() string { return version }
	a := gcp.New(gcp.FromEnvironment(c.deps.Lookup))
	t.Cleanup(func() { _ = a.Close() })
	reg := registry.New(a, "my-project", "europe-west1", "gcpdeploy")
	g.push = func(ctx context.Context, tag string) error {
		_, err := reg.Push(ctx, "builder", tag, empty.Image)
		return err
	}
	return c, g, reg
}

// TestBuilderOfCheckout: a program of one's own that is not for linux has Cloud Build
// make the builder image of its checkout, by the checkout's own file.
func TestBuilderOfCheckout(t *testing.T) {
	t.Parallel()
	c, g, reg := elsewhere(t, "dev-0123456789ab")
	c.want(t, 2, "", "setup --yes", "(dev-0123456789ab, not for linux) does not run on builds' workers", "hint: Name a checkout of gcpdeploy with --builder-source")
	c.want(t, 1, "", "doctor", "→ gcpdeploy setup --only=builder --project=my-project --region=europe-west1 --repository=gcpdeploy --yes --builder-source=CHECKOUT_OF_GCPDEPLOY --source "+c.dir+"\n")
	c.want(t, 0, "", "setup --print-commands --builder-source "+c.dir, "--yes --builder-source="+c.dir+" --source")
	c.want(t, 2, "", "setup --yes --builder-source "+c.dir, "--builder-source "+c.dir+" has no go.mod of gcpdeploy")
	checkout := t.TempDir()
	write := func(build string) {
		t.Helper()
		for name, text := range map[string]string{"go.mod": "module github.com/gcpdeploy/gcpdeploy\n", "cloudbuild.yaml": build, "main.go": "package main\n"} {
			if err := os.WriteFile(filepath.Join(checkout, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	const used = "env: ['A=${_REGION}${_REPOSITORY}${_TAG}']"
	write("steps: [{id: build, name: 'golang:1.26', args: [fail], " + used + "}]\n")
	c.want(t, 1, "", "setup --yes --builder-source "+checkout, "of the builder image ended with FAILURE", "cannot compile", "gcloud builds log --project=my-project --region=europe-west1")
	write("steps: [{id: one, name: busybox, args: [hello], " + used + "}]\n")
	c.want(t, 1, "", "setup --yes --builder-source "+checkout, "ended well, and there is no builder:dev-0123456789ab")
	own, err := os.ReadFile("../cloudbuild.yaml")
	if err != nil {
		t.Fatal(err)
	}
	write(string(own))
	c.want(t, 0, "", "setup --yes --builder-source "+checkout, "my-project is ready for deploys")
	if _, ok, err := reg.Digest(t.Context(), "builder", "dev-0123456789ab"); !ok || err != nil {
		t.Errorf("the builder image: %v, %v", ok, err)
	}
	if !strings.HasPrefix(g.seen, "module github.com/gcpdeploy/gcpdeploy") {
		t.Errorf("the checkout was not sent: %q", g.seen)
	}
	all := emulator.Get[*cloudbuild.Server](c.Server).Builds()
	b := all[len(all)-1]
	if b.GetStatus().String() != "SUCCESS" {
		b = all[0]
	}
	if !strings.HasSuffix(b.GetServiceAccount(), "/gcpdeploy-builds@my-project.iam.gserviceaccount.com") || b.GetLogsBucket() != "gs://my-project_europe-west1_logs" ||
		b.GetSubstitutions()["_TAG"] != "dev-0123456789ab" || b.GetSubstitutions()["_REPOSITORY"] != "gcpdeploy" || b.GetTimeout().GetSeconds() != 1800 || !slices.Contains(b.GetTags(), "gcpdeploy") {
		t.Errorf("the build was %v", b)
	}
	c.want(t, 0, "", "setup", "nothing to do")
}

// TestBuilderOfRelease: a release is copied from where releases are, or made of the
// module where nobody answers there.
func TestBuilderOfRelease(t *testing.T) {
	t.Parallel()
	c, g, reg := elsewhere(t, "v1.2.3")
	c.want(t, 0, "", "setup --yes", "my-project is ready for deploys")
	script := strings.Join(g.ran, "\n")
	for _, part := range []string{"go install", "github.com/gcpdeploy/gcpdeploy/cmd/gcpdeploy@v1.2.3", "-X main.version=v1.2.3", "/my-project/gcpdeploy/builder:v1.2.3 bin"} {
		if !strings.Contains(script, part) {
			t.Errorf("no %q in\n%s", part, script)
		}
	}
	if _, ok, err := reg.Digest(t.Context(), "builder", "v1.2.3"); !ok || err != nil {
		t.Errorf("the builder image: %v, %v", ok, err)
	}

	c, g, reg = elsewhere(t, "v1.2.3")
	s := httptest.NewServer(images.New(images.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(s.Close)
	c.deps.Releases = strings.TrimPrefix(s.URL, "http://") + "/gcpdeploy/builder"
	ref, err := name.ParseReference(c.deps.Releases + ":v1.2.3")
	if err == nil {
		err = remote.Write(ref, empty.Image, remote.WithContext(t.Context()))
	}
	if err != nil {
		t.Fatal(err)
	}
	c.want(t, 0, "", "setup --yes", "my-project is ready for deploys")
	want, err := empty.Image.Digest()
	if got, ok, derr := reg.Digest(t.Context(), "builder", "v1.2.3"); !ok || err != nil || derr != nil || got != want.String() || len(g.ran) > 0 {
		t.Errorf("the builder image is %s, %v, %v; steps %q", got, err, derr, g.ran)
	}
}
