package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// TestPruneSharedLayers: of images that share layers (200 where all is to be tried) what
// goes is what the dry run said, to the byte; each image that stays can be pulled when
// the registry has freed what nothing has, and each layer that stays is of such an image.
func TestPruneSharedLayers(t *testing.T) {
	t.Parallel()
	images := 10
	if whole() {
		images = 200
	}
	w := newWorld(t, true)
	s := newStacks(t, w, images)
	target, draw := run.NewTarget(w.access), rand.New(rand.NewPCG(13, 13)) // the same in each run
	for n := range images {
		service := fmt.Sprint("svc-", n%3)
		app, err := s.stack(t, n, service, draw.Perm(images)[:min(4, images/5)])
		if err != nil {
			t.Fatal(err)
		}
		if n%5 == 0 && n < 25 { // five revisions run of 200, two of 10
			spec := release.Spec{Project: project, Region: region, Service: service, Port: 8080}
			if _, err := target.Deploy(t.Context(), spec, s.Ref(service, app), release.Run{ID: fmt.Sprint(n), Started: time.Now()}, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	before, blobs := w.images(t), w.blobs(t)
	sizes, _ := w.pulled(t, before)

	exit, dry := w.prune(t, "--keep", "1")
	if exit != 0 || len(dry.Remove) < images/2 {
		t.Fatalf("%d: %d would go", exit, len(dry.Remove))
	}
	exit, real := w.prune(t, "--keep", "1", "--yes")
	if diff := cmp.Diff(dry, real); diff != "" || exit != 0 {
		t.Errorf("%d: what went is not what was said (-said +went):\n%s", exit, diff)
	}
	after := w.images(t)
	for _, i := range dry.Remove {
		delete(before, i.Package+"@"+i.Digest)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("what stays (-said +is):\n%s", diff)
	}

	w.killEmulators()
	w.startProcess(t) // which frees what no image has
	left, freed := w.blobs(t), int64(0)
	for b := range blobs {
		if !left[b] {
			freed += sizes[b]
		}
	}
	_, users := w.pulled(t, after)
	kept := 0
	for n, p := range s.packages {
		mine, theirs := 0, 0
		for _, ref := range users[p.Digest] {
			if strings.HasPrefix(ref, plan.Layers+"@") {
				mine++
			} else {
				theirs++
			}
		}
		if kept += mine; mine > 0 != (theirs > 0) {
			t.Errorf("package %d has %d images of its layer, and %d with it", n, mine, theirs)
		}
	}
	if freed != dry.Frees || kept == 0 || kept == len(s.packages) {
		t.Errorf("%d bytes of layers are free, %d were said; %d layers of packages stay", freed, dry.Frees, kept)
	}
	if whole() {
		w.dockerPulls(t, after)
	}
}

// TestPruneUnderARuntime: a layer that a run has found for its runtime stays, though
// nothing else has it by then; and afterwards it stays for what the run made.
func TestPruneUnderARuntime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.run(t.Context(), w.app).wait(t, 0)
	w.command(t.Context(), w.of("down")).text(t, 0)
	other := w.newApp(t, "other", "two")
	if err := os.WriteFile(filepath.Join(other, "requirements.txt"), []byte("flask==3.0.0\nscipy==1.16.3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.hold(t, "before", plan.StepRuntime)
	u := w.run(t.Context(), other)
	w.reached(t, "before", plan.StepRuntime, u)
	u.says(t, "layers: flask 3.0.0 shared")
	layers := w.keyTags(t, plan.Layers)
	prune := func() (gone int) {
		exit, r := w.prune(t, "--keep", "0", "--yes")
		if diff := cmp.Diff(layers, w.keyTags(t, plan.Layers)); diff != "" || len(layers) != 1 || exit != 0 {
			t.Errorf("%d; the layers (-before +after):\n%s", exit, diff)
		}
		return len(r.Remove)
	}
	prune()
	w.open(t, "before", plan.StepRuntime)
	u.wait(t, 0)
	if prune() == 0 {
		t.Error("nothing of the first app goes")
	}
	w.pulled(t, w.images(t))
}

// dockerPulls has Docker itself pull images.
func (w *world) dockerPulls(t *testing.T, images map[string]bool) {
	t.Helper()
	c := dockertest.Require(t)
	for ref := range images {
		if strings.HasPrefix(ref, plan.Builder+"@") || strings.HasPrefix(ref, plan.Layers+"@") { // which are not for running
			continue
		}
		ref = w.registry().Repository() + "/" + ref
		if err := c.Pull(t.Context(), ref, docker.Auth{Username: gcp.TokenUser, Password: w.token(t)}); err != nil {
			t.Errorf("docker pull %s: %v", ref, err)
			continue
		}
		if err := c.RemoveImage(context.WithoutCancel(t.Context()), ref); err != nil {
			t.Error(err)
		}
	}
}
