package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/gcpdeploy/gcpdeploy/cmd"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// layered is an image with one more layer than base, and labels.
func layered(t *testing.T, base v1.Image, text string, labels map[string]string) v1.Image {
	t.Helper()
	img, err := mutate.AppendLayers(base, static.NewLayer([]byte(text), types.DockerUncompressedLayer))
	if err != nil {
		t.Fatal(err)
	}
	f, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	f.Config.Labels = labels
	if img, err = mutate.ConfigFile(img, f); err != nil {
		t.Fatal(err)
	}
	return img
}

// set pushes the images of one wheels key: wheels, runtime and, for a service, an
// app image with its tests' packages. It gives the references by digest.
func (w *world) set(t *testing.T, n int, service string) (refs []string, app string) {
	t.Helper()
	r := w.registry()
	base := []string{"python@sha256:" + key.Sum([]byte("3.11")), "python@sha256:" + key.Sum([]byte("3.12"))}[n%2]
	wheels, runtime := key.New(plan.Wheels, key.Of("n", fmt.Sprint(n))), key.New(plan.Runtime, key.Of("n", fmt.Sprint(n)))
	push := func(name string, img v1.Image, tags ...string) string {
		digest, err := r.Push(t.Context(), name, fmt.Sprint("run-", n), img)
		for _, tag := range tags {
			if err == nil {
				err = r.MoveTag(t.Context(), name, tag, digest)
			}
		}
		if err != nil {
			t.Error(err)
		}
		refs = append(refs, name+"@"+digest)
		return digest
	}
	image := layered(t, mutate.MediaType(empty.Image, types.DockerManifestSchema2), fmt.Sprint("wheels", n), map[string]string{
		plan.BaseLabel: base, "dev.gcpdeploy.wheels": wheels.Hash,
	})
	push(plan.Wheels, image, wheels.Hash, key.Sum([]byte(fmt.Sprint("content", n))), "near-"+key.Sum([]byte(base))[:12]+"-1a2b")
	env := layered(t, mutate.MediaType(empty.Image, types.DockerManifestSchema2), fmt.Sprint("env", n), map[string]string{
		plan.BaseLabel: base, "dev.gcpdeploy.wheels": wheels.Hash, "dev.gcpdeploy.runtime": runtime.Hash,
	})
	digest := push(plan.Runtime, env, runtime.Hash)
	if service == "" {
		return refs, ""
	}
	made := plan.Made{Wheels: wheels, Runtime: runtime, Seeds: plan.Seeds{
		TestEnv: []key.Field{key.Of("requirement pytest", "pytest")}, App: []key.Field{key.Of("source", fmt.Sprint(n))},
	}}
	label, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	testenv, a := made.Seeds.Keys(digest)
	push(plan.TestEnv, layered(t, mutate.MediaType(empty.Image, types.DockerManifestSchema2), fmt.Sprint("tests", n), nil), testenv.Hash)
	app = push(service, layered(t, env, fmt.Sprint("app", n), map[string]string{plan.Label: string(label), "e2e.text": fmt.Sprint(n)}), a.Hash)
	return refs, app
}

// pruneResult is the part of `wheels prune --json` that is looked at.
type pruneResult struct {
	Remove, Keep, Skipped, Failed []struct{ Package, Digest, Why string }
	Frees                         int64
}

func (w *world) prune(t *testing.T, args ...string) (exit int, r pruneResult) {
	t.Helper()
	return w.wheels(t, &r, append([]string{"prune"}, args...)...), r
}

// wheels runs a command of `wheels` and reads its JSON.
func (w *world) wheels(t *testing.T, to any, args ...string) (exit int) {
	t.Helper()
	var out, errs bytes.Buffer
	s := ui.Streams{In: strings.NewReader(""), Out: &out, Err: &errs, Width: func() int { return 80 }}
	d := deps(w.lookup, w.dir)
	d.Now = func() time.Time { return time.Now().Add(48 * time.Hour) } // leftovers are old by then
	exit = cmd.Main(t.Context(), s, d, append([]string{"gcpdeploy", "wheels", args[0], "--json", "--source", w.app}, args[1:]...))
	if err := json.NewDecoder(&out).Decode(to); err != nil {
		t.Fatalf("%d, %v: %s%s", exit, err, &out, &errs)
	}
	return exit
}

func (w *world) images(t *testing.T) map[string]bool {
	t.Helper()
	images, err := w.registry().Images(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for _, i := range images {
		all[i.Name+"@"+i.Digest] = true
	}
	return all
}
