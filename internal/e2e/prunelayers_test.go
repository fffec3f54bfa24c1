package e2e

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/registry"
	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/layer"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// packed is a layer of one file.
func packed(t *testing.T, name, text string) layer.Blob {
	t.Helper()
	to, err := layer.Create(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(to)
	err = w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text)), Typeflag: tar.TypeReg})
	if err == nil {
		_, err = w.Write([]byte(text))
	}
	err = errors.Join(err, w.Close())
	b, cerr := to.Close()
	if err := errors.Join(err, cerr); err != nil {
		t.Fatal(err)
	}
	return b
}

// stacks is a repository of images that are put together of the same layers.
type stacks struct {
	*world
	*registry.Client
	system   string       // digest
	packages []layer.Blob // each kept under its key
}

func newStacks(t *testing.T, w *world, packages int) *stacks {
	t.Helper()
	s := &stacks{world: w, Client: w.registry(), packages: make([]layer.Blob, packages)}
	bottom, err := (spec{Labels: map[string]string{}, Files: map[string]string{"etc/os-release": "small"}}).image()
	if err == nil {
		s.system, err = s.Push(t.Context(), plan.System, "run-0", bottom)
	}
	if err != nil {
		t.Fatal(err)
	}
	var g errgroup.Group
	g.SetLimit(8)
	for n := range packages {
		g.Go(func() error {
			k := key.New(plan.Layers, key.Of("n", fmt.Sprint(n)))
			b := packed(t, fmt.Sprint("env/", n), fmt.Sprint("package ", n))
			digest, err := s.PushLayer(t.Context(), plan.Layers, b, inventory.LayerLabels(k))
			if err == nil {
				_, _, err = s.CreateTag(t.Context(), plan.Layers, k.Hash, digest)
			}
			s.packages[n] = b
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	return s
}

// stack makes the n-th runtime of some of the packages, and an app's image on it.
func (s *stacks) stack(t *testing.T, n int, service string, packages []int) (app string, err error) {
	t.Helper()
	wheels, runtime := key.New(plan.Wheels, key.Of("n", fmt.Sprint(n))), key.New(plan.Runtime, key.Of("n", fmt.Sprint(n)))
	var placed []layer.Placed
	for _, p := range packages {
		placed = append(placed, layer.Placed{Blob: s.packages[p], From: plan.Layers})
	}
	placed = append(placed, layer.Placed{Blob: packed(t, "env/rest", fmt.Sprint("rest ", n))})
	digest, err := s.Stack(t.Context(), plan.System, s.system, plan.Runtime, fmt.Sprint("run-", n), placed, layer.Ground{
		Labels: map[string]string{plan.KeyLabel(plan.Wheels): wheels.Hash, plan.KeyLabel(plan.Runtime): runtime.Hash, plan.BaseLabel: "python@sha256:" + key.Sum(nil)},
	})
	if err == nil {
		_, _, err = s.CreateTag(t.Context(), plan.Runtime, runtime.Hash, digest)
	}
	if err != nil {
		return "", err
	}
	made := plan.Made{Wheels: wheels, Runtime: runtime, Seeds: plan.Seeds{App: []key.Field{key.Of("source", fmt.Sprint(n))}}}
	label, err := json.Marshal(made)
	if err != nil {
		return "", err
	}
	app, err = s.Append(t.Context(), plan.Runtime, digest, service, fmt.Sprint("run-", n), packed(t, "app/wsgi.py", fmt.Sprint(n)), layer.Config{
		Entrypoint: []string{"serve"}, Labels: map[string]string{plan.Label: string(label), "e2e.text": fmt.Sprint(n)},
	})
	if err == nil {
		_, a := made.Seeds.Keys(digest)
		_, _, err = s.CreateTag(t.Context(), service, a.Hash, app)
	}
	return app, err
}

// blobs are the files of the registry, by digest.
func (w *world) blobs(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	err := filepath.WalkDir(filepath.Join(w.dir, "state/registry/oci/docker/registry/v2/blobs/sha256"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == "data" {
			all["sha256:"+filepath.Base(filepath.Dir(path))] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// pulled reads images as who runs them does: the manifest, the configuration and all
// layers. It gives each layer's size, and which images have it.
func (w *world) pulled(t *testing.T, images map[string]bool) (sizes map[string]int64, users map[string][]string) {
	t.Helper()
	owner, err := auth(filepath.Join(w.dir, "state", "token"))
	if err != nil {
		t.Fatal(err)
	}
	sizes, users = map[string]int64{}, map[string][]string{}
	for ref := range images {
		if strings.HasPrefix(ref, plan.Builder+"@") {
			continue
		}
		r, err := name.ParseReference(w.registry().Repository() + "/" + ref)
		if err != nil {
			t.Fatal(err)
		}
		img, err := remote.Image(r, remote.WithAuth(owner))
		if err == nil {
			err = validate.Image(img)
		}
		var m *v1.Manifest
		if err == nil {
			m, err = img.Manifest()
		}
		if err != nil {
			t.Errorf("%s cannot be pulled: %v", ref, err)
			continue
		}
		for _, l := range m.Layers {
			sizes[l.Digest.String()] = l.Size
			users[l.Digest.String()] = append(users[l.Digest.String()], ref)
		}
	}
	return sizes, users
}

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
