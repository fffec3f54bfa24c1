package e2e

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/gcp/registry"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/layer"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
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
