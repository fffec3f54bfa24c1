package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/cmd"
	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
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

// TestPrune: of a registry with 200 wheels keys, 10 of them in use, exactly that
// goes which the dry run said, and nothing that a revision needs.
func TestPrune(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	target := run.NewTarget(w.access)
	stay := map[string]bool{}
	used := func(n int) { // two revisions of each of five services
		service := fmt.Sprint("svc-", n%5)
		refs, app := w.set(t, n, service)
		for _, r := range refs {
			stay[r] = true
		}
		spec := release.Spec{Project: project, Region: region, Service: service, Port: 8080}
		if _, err := target.Deploy(t.Context(), spec, w.registry().Ref(service, app), release.Run{ID: fmt.Sprint(n), Started: time.Now()}, nil); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 10 {
		used(n)
	}
	var g errgroup.Group
	g.SetLimit(8)
	for n := 10; n < 200; n++ {
		g.Go(func() error {
			service := ""
			if n < 40 {
				service = fmt.Sprint("svc-", n%5)
			}
			w.set(t, n, service)
			return nil
		})
	}
	for n := range 8 {
		g.Go(func() error {
			tag := []string{fmt.Sprint("run-left-", n), "partial-" + key.Sum([]byte{byte(n)})[:40]}[n%2]
			img := layered(t, mutate.MediaType(empty.Image, types.DockerManifestSchema2), fmt.Sprint("left", n), nil)
			_, err := w.registry().Push(t.Context(), plan.Wheels, tag, img)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.registry().Push(t.Context(), "svc-1", "latest", layered(t, empty.Image, "theirs", nil)); err != nil {
		t.Fatal(err)
	}
	before := w.images(t)

	exit, dry := w.prune(t, "--keep", "2")
	if exit != 0 || !maps.Equal(before, w.images(t)) {
		t.Fatalf("the dry run ends with %d and leaves %d of %d images", exit, len(w.images(t)), len(before))
	}
	going := map[string]bool{}
	count := map[string]int{}
	for _, i := range dry.Remove {
		if ref := i.Package + "@" + i.Digest; stay[ref] {
			t.Errorf("%s would go, and is needed", ref)
		} else {
			going[ref] = true
			count[strings.SplitN(i.Package, "-", 2)[0]]++
		}
	}
	// In use 10. The newest two of five services, and what they were made from: 10.
	// The newest two of two families that no app needs: 4. The tests' packages have
	// no family of their own here: two of them may stay as the newest.
	if count["wheels"] != 200-24+8 || count["runtime"] != 200-24 || count["svc"] != 20 || count["testenv"] < 18 || count["testenv"] > 20 || dry.Frees == 0 {
		t.Errorf("%v would go and free %d", count, dry.Frees)
	}

	exit, real := w.prune(t, "--keep", "2", "--yes")
	after := w.images(t)
	if diff := cmp.Diff(dry.Remove, real.Remove); diff != "" || exit != 0 || len(real.Skipped)+len(real.Failed) > 0 || real.Frees != dry.Frees {
		t.Errorf("%d, skipped %v, failed %v; what went is not what was said (-said +went):\n%s", exit, real.Skipped, real.Failed, diff)
	}
	for ref := range before {
		if after[ref] == going[ref] {
			t.Errorf("%s: there %v, should go %v", ref, after[ref], going[ref])
		}
	}
	for _, pkg := range []string{plan.Wheels, plan.Runtime, plan.TestEnv} { // a tag leads to an image
		tags, err := w.registry().Tags(t.Context(), pkg)
		if err != nil {
			t.Fatal(err)
		}
		for tag, digest := range tags {
			if !after[pkg+"@"+digest] {
				t.Errorf("%s:%s leads to nothing", pkg, tag)
			}
		}
	}
	if _, again := w.prune(t, "--keep", "2", "--yes"); len(again.Remove)+len(again.Skipped) > 0 {
		t.Errorf("a second time it removes %v", again.Remove)
	}
	var list struct {
		Wheels []struct {
			Digest  string
			Keys    []string
			Used_By []struct {
				Service, Revision string
				Serving           bool
			}
		}
	}
	w.wheels(t, &list, "list")
	users := map[string]int{}
	serving := 0
	for _, i := range list.Wheels {
		if used := len(i.Used_By) > 0; used != stay["wheels@"+i.Digest] || len(i.Used_By) > 1 || len(i.Keys) != 1 {
			t.Errorf("the list says %+v", i)
		}
		for _, u := range i.Used_By {
			users[u.Service]++
			if u.Serving {
				serving++
			}
		}
	}
	if len(list.Wheels) != 24 || len(users) != 5 || serving != 5 {
		t.Errorf("the list has %d wheels, of %v, %d of which serve", len(list.Wheels), users, serving)
	}
	if kept := slices.Collect(maps.Keys(after)); len(kept) != len(before)-len(dry.Remove) {
		t.Errorf("%d images stay", len(kept))
	}
}

// TestPruneDuringABuild: nothing that a build under way needs goes, though no
// revision runs it yet, and what the build leaves is whole.
func TestPruneDuringABuild(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.run(t.Context(), w.app).wait(t, 0)
	if err := os.WriteFile(filepath.Join(w.app, "wsgi.py"), []byte("two\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := run.New(w.access).Delete(t.Context(), project, region, "hello"); err != nil {
		t.Fatal(err)
	}
	for _, step := range []plan.StepID{plan.StepImage, plan.StepRelease} {
		w.hold(t, "before", step)
		u := w.run(t.Context(), w.app)
		w.reached(t, "before", step, u)
		before := w.images(t)
		if exit, r := w.prune(t, "--keep", "0", "--yes"); exit != 0 || len(r.Remove) > 0 || !maps.Equal(before, w.images(t)) {
			t.Errorf("before %s: %d, it removed %v", step, exit, r.Remove)
		}
		w.open(t, "before", step)
		u.wait(t, 0)
		if _, err := run.New(w.access).Delete(t.Context(), project, region, "hello"); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(w.app, "wsgi.py"), []byte(step+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// Nothing runs and nothing builds: all of it goes, and the next run makes it anew.
	exit, r := w.prune(t, "--keep", "0", "--yes")
	if left := w.images(t); exit != 0 || len(r.Failed)+len(r.Skipped) > 0 || len(left) != 1 {
		t.Errorf("%d, left %v of %v", exit, left, r)
	}
	w.run(t.Context(), w.app).wait(t, 0)
	w.settled(t, "release")
}
