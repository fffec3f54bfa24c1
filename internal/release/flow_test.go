package release_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/release/releasetest"
)

// tags are those of a registry, image:tag to digest. It has every runtime.
type tags map[string]string

func (r tags) Digest(_ context.Context, image, tag string) (string, bool, error) {
	digest, ok := r[image+":"+tag]
	if image == plan.Runtime {
		return "sha256:runtime", true, nil
	}
	return digest, ok, nil
}

// reader and writer are the registry for engine and for builder.
type reader struct {
	engine.Registry
	tags
}

func (r reader) Digest(ctx context.Context, image, tag string) (string, bool, error) {
	return r.tags.Digest(ctx, image, tag)
}

type writer struct {
	builder.Registry
	tags
}

func (r writer) Digest(ctx context.Context, image, tag string) (string, bool, error) {
	return r.tags.Digest(ctx, image, tag)
}

func (r writer) CreateTag(_ context.Context, image, tag, digest string) (string, bool, error) {
	r.tags[image+":"+tag] = digest
	return digest, true, nil
}

type idle struct{ engine.Builds }

func (idle) Running(context.Context, string) (o plan.Outcome, ok bool, err error) {
	return o, false, nil
}

// TestSecondTarget carries an app to the shelf: nothing on the way knows it.
func TestSecondTarget(t *testing.T) {
	t.Parallel()
	place := plan.Place{Project: "p", Region: "r", Repository: "host/p/r"}
	registry, target := tags{}, &releasetest.Shelf{}
	e := engine.Engine{Place: place, Registry: reader{tags: registry}, Target: target, Builds: idle{}, Clock: poll.System}
	loaded, err := engine.Load(t.Context(), app(t, shelf))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(loaded.Main), "7000") {
		t.Errorf("the image does not know the shelf's port:\n%s", loaded.Main)
	}
	decide := func() plan.Plan {
		t.Helper()
		f, err := e.Observe(t.Context(), loaded.App)
		if err != nil {
			t.Fatal(err)
		}
		var p plan.Plan // as a step of the build reads it
		if err := json.Unmarshal(plan.Make(loaded.App, place, f).JSON(), &p); err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := decide()
	if p.NothingToDo || p.Release.Target != "shelf" || p.Release.Image != "host/p/r/hello" || p.Check.Start == false {
		t.Fatalf("%+v", p)
	}
	c, err := releasetest.Kind.Contract(p.Release)
	if err != nil || c.Port != 7000 || c.Env["SHELF"] != "hello" {
		t.Errorf("%+v, %v", c, err)
	}
	const image = "host/p/r/hello@sha256:image"
	run := func(id string, second int64) (string, release.Released) {
		t.Helper()
		var out strings.Builder
		r, err := builder.Release(t.Context(), writer{tags: registry}, builder.To{Target: target, Front: releasetest.Kind.Front}, p, p.Image.Key, image, release.Run{ID: id, Started: time.Unix(second, 0)}, &out)
		if err != nil {
			t.Fatal(err)
		}
		return out.String(), r
	}
	if out, r := run("b", 5); out != "making room\nhello-1 serves 100 %\n" || r.Image != image {
		t.Errorf("%q, %+v", out, r)
	}
	if out, r := run("a", 4); out != "superseded by b\n" || r.Superseded != "b" {
		t.Errorf("an older run: %q, %+v", out, r)
	}
	if p := decide(); !p.NothingToDo || p.Current.Revision != "hello-1" {
		t.Errorf("afterwards there is something to do: %+v", p.Current)
	}
	loaded.Release.Settings = json.RawMessage(`{"label":"Z"}`)
	if p := decide(); p.NothingToDo {
		t.Error("another label is nothing to do")
	}
}

// broken is a target that does not answer.
type broken struct{ release.Target }

func (broken) Uses(context.Context, string, string) ([]release.Use, error) {
	return nil, errs.New(errs.Auth, "", "no")
}

// TestUses holds that an image stays which only the second target runs, and that
// nothing is known where one target does not say.
func TestUses(t *testing.T) {
	t.Parallel()
	first, second := &releasetest.Shelf{}, &releasetest.Shelf{}
	digest := "sha256:" + strings.Repeat("a", 64)
	_, err := second.Deploy(t.Context(), release.Spec{Service: "hello"}, "host/p/r/hello@"+digest, release.Run{ID: "b"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	stays := func(all ...release.Target) bool {
		t.Helper()
		var places []release.Where
		for _, target := range all {
			places = append(places, release.Where{Target: target, Region: "r"})
		}
		uses, err := release.Uses(t.Context(), "p", places)
		if err != nil {
			t.Fatal(err)
		}
		stock := inventory.Stock{Uses: uses, Images: []inventory.Image{{
			Package: "hello", Digest: digest, Tags: []string{strings.Repeat("b", 64)}, Labels: map[string]string{plan.Label: "{}"},
		}}}
		d := stock.Prune(inventory.Rules{Now: time.Now()})
		return slices.ContainsFunc(d.Keep, func(v inventory.Verdict) bool { return v.Image.Digest == digest && v.Why == inventory.InUse })
	}
	if stays(first) {
		t.Error("the image stays although nothing runs it")
	}
	if !stays(first, second) {
		t.Error("the image that the second target runs would go")
	}
	if uses, err := release.Uses(t.Context(), "p", []release.Where{{Target: second, Region: "r"}, {Target: broken{}, Region: "r"}}); errs.KindOf(err) != errs.Auth || uses != nil {
		t.Errorf("with a target that does not answer: %v, %v", uses, err)
	}
}

// The rest of what commands ask a target.
func TestShelf(t *testing.T) {
	t.Parallel()
	s, at := &releasetest.Shelf{}, release.Spec{Service: "hello"}
	for _, want := range []bool{false, true} {
		st, ok, err := s.State(t.Context(), at)
		if ok != want || err != nil || ok && st.Revision != "hello-2" {
			t.Errorf("%+v, %v, %v", st, ok, err)
		}
		if ok, left, err := s.Delete(t.Context(), at); ok != want || left != "" || err != nil {
			t.Errorf("Delete = %v, %v", ok, err)
		}
		for _, id := range []string{"a", "b"} {
			if _, err := s.Deploy(t.Context(), at, "i@"+id, release.Run{ID: id}, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	var lines []release.Line
	err := s.Logs(t.Context(), at, release.Query{Limit: 1}, func(l release.Line) error { lines = append(lines, l); return nil })
	if err != nil || len(lines) != 1 || lines[0].Text != "put by b" {
		t.Errorf("%v, %v", lines, err)
	}
}
