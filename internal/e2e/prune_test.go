package e2e

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	emubuild "github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// TestPrune: of a registry with many wheels keys (200 where all is to be tried), 10 of
// them in use, exactly that goes which the dry run said, and nothing that a revision needs.
func TestPrune(t *testing.T) {
	t.Parallel()
	keys := 60
	if whole() {
		keys = 200
	}
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
	for n := 10; n < keys; n++ {
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
	if count["wheels"] != keys-24+8 || count["runtime"] != keys-24 || count["svc"] != 20 || count["testenv"] < 18 || count["testenv"] > 20 || dry.Frees == 0 {
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

// TestPruneAndBuildsElsewhere: what a build of another region works with stays.
func TestPruneAndBuildsElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.run(t.Context(), w.app).wait(t, 0)
	w.hold(t, "before", "image")
	app := w.newApp(t, "hello", "two")
	u := w.run(t.Context(), app, "--build-region", "us-central1")
	w.reached(t, "before", "image", u)
	w.command(t.Context(), w.of("down")).text(t, 0)
	before := w.images(t)
	if exit, r := w.prune(t, "--keep", "0", "--yes"); exit != 0 || len(r.Remove) > 0 || len(before) != len(w.images(t)) {
		t.Errorf("%d, it removed %v", exit, r.Remove)
	}
	w.open(t, "before", "image")
	u.wait(t, 0)
}

// TestPruneRegionByRegion: where builds are not listed of all regions at once, those of
// the regions that the settings name are seen.
func TestPruneRegionByRegion(t *testing.T) {
	t.Parallel()
	for _, code := range []codes.Code{codes.InvalidArgument, codes.NotFound, codes.Unimplemented} {
		t.Run(code.String(), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, false)
			emulator.Get[*emubuild.Server](w.server).Faults.Fail(emubuild.EveryLocation, 100, code)
			w.run(t.Context(), w.app).wait(t, 0)
			w.hold(t, "before", "image")
			u := w.run(t.Context(), w.newApp(t, "hello", "two"))
			w.reached(t, "before", "image", u)
			w.command(t.Context(), w.of("down")).text(t, 0)
			before := w.images(t)
			if exit, r := w.prune(t, "--keep", "0", "--yes"); exit != 0 || len(r.Remove) > 0 || !maps.Equal(before, w.images(t)) {
				t.Errorf("%d, it removed %v", exit, r.Remove)
			}
			w.open(t, "before", "image")
			u.wait(t, 0)
		})
	}
}
