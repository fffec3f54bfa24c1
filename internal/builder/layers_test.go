package builder_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/layer"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

func TestLayers(t *testing.T) {
	t.Parallel()
	s, p, dir := newShelf(), thePlan(), wheelsSource(t)
	said, lacking, system := find(t, s, p, dir, "")
	if said != "layers: scipy 1, numpy 2 to be made\n" || len(lacking) != 2 || system != "bare" {
		t.Errorf("%q, %v, %s", said, lacking, system)
	}
	installed(t, dir, "", lacking, lacking...)
	if err := put(t, s, p, dir); err != nil {
		t.Fatal(err)
	}
	want := []string{"system@sha256:sys", "environment new", "scipy 1 of layers", "numpy 2 of layers", "packages new", "lock new"}
	if diff := cmp.Diff(want, s.stacked); diff != "" {
		t.Error(diff)
	}
	first := s.tags["runtime:run-1"]

	// Another build finds both, and makes the same image.
	dir = wheelsSource(t)
	if said, lacking, _ := find(t, s, p, dir, ""); said != "layers: scipy 1, numpy 2 shared; none is to be made\n" || len(lacking) > 0 {
		t.Errorf("%q, %v", said, lacking)
	}
	installed(t, dir, "", keysOf(t))
	if err := put(t, s, p, dir); err != nil || s.tags["runtime:run-1"] != first {
		t.Errorf("%v: %s, and then %s", err, first, s.tags["runtime:run-1"])
	}

	// A layer that the registry has lost is made again, and the other one is not.
	scipy := s.layers[s.tags["layers:"+keysOf(t)[0]]]
	s.lost[scipy.Digest] = true
	dir = wheelsSource(t)
	if said, lacking, _ = find(t, s, p, dir, ""); said != "layers: numpy 2 shared; scipy 1 to be made\n" {
		t.Errorf("%q", said)
	}
	installed(t, dir, "", keysOf(t), lacking...)
	if err := put(t, s, p, dir); err != nil || s.lost[scipy.Digest] {
		t.Errorf("%v, lost %v", err, s.lost)
	}
}

// TestLayersOfOthers: of two runs that make a layer at once both take the first one's,
// unless that is lost.
func TestLayersOfOthers(t *testing.T) {
	t.Parallel()
	for _, lost := range []bool{false, true} {
		s, p, dir := newShelf(), thePlan(), wheelsSource(t)
		_, lacking, _ := find(t, s, p, dir, "")
		theirs := layer.Blob{Digest: "sha256:theirs", ID: "sha256:id", Size: 7}
		s.between = sync.OnceFunc(func() {
			s.tags["layers:"+lacking[0]], s.layers["their image"], s.lost[theirs.Digest] = "their image", theirs, lost
		})
		installed(t, dir, " of this build", lacking, lacking...)
		if err := put(t, s, p, dir); err != nil {
			t.Fatal(err)
		}
		if now := s.tags["layers:"+lacking[0]]; (now == "their image") == lost {
			t.Errorf("lost %v: the tag is of %s", lost, now)
		}
	}
}

// TestNoLayerOfItsOwn: where an installation says that a package has none, it has none.
func TestNoLayerOfItsOwn(t *testing.T) {
	t.Parallel()
	s, p, dir := newShelf(), thePlan(), wheelsSource(t)
	_, lacking, _ := find(t, s, p, dir, "")
	installed(t, dir, "", lacking[1:], lacking[1:]...)
	if err := put(t, s, p, dir); err != nil || slices.Contains(s.stacked, "scipy 1 of layers") || !slices.Contains(s.stacked, "numpy 2 of layers") {
		t.Errorf("%v, %v", err, s.stacked)
	}
}

// TestCutRuntime: what fails leaves no tag of the run, and the next try ends the same.
func TestCutRuntime(t *testing.T) {
	t.Parallel()
	keys := keysOf(t)
	for _, cut := range []string{"push ", "tag layers:" + keys[1][:8]} {
		s, p, dir := newShelf(), thePlan(), wheelsSource(t)
		_, lacking, _ := find(t, s, p, dir, "")
		installed(t, dir, "", lacking, lacking...)
		s.fail = cut
		if err := put(t, s, p, dir); errs.KindOf(err) != errs.Transient || s.tags["runtime:run-1"] != "" {
			t.Errorf("%s: %v, %s", cut, err, s.tags["runtime:run-1"])
		}
		s.fail = ""
		dir = wheelsSource(t)
		_, lacking, _ = find(t, s, p, dir, "")
		installed(t, dir, "", keys, lacking...)
		if err := put(t, s, p, dir); err != nil || len(s.stacked) != 6 {
			t.Errorf("%s, again: %v, %v", cut, err, s.stacked)
		}
	}
}

func TestSystem(t *testing.T) {
	t.Parallel()
	pinned := func(change func(*plan.Plan)) plan.Plan {
		p := thePlan()
		p.Base, p.Repository = "python@sha256:b", "h/p/r"
		if change != nil {
			change(&p)
		}
		return p
	}
	for name, tt := range map[string]struct {
		p    plan.Plan
		age  time.Duration
		want string
	}{
		"found":                         {pinned(nil), time.Hour, "h/p/r/system@sha256:found"},
		"lost":                          {pinned(func(p *plan.Plan) { p.Service = "lost" }), time.Hour, "made"},
		"too old":                       {pinned(nil), 8 * 24 * time.Hour, "made"},
		"a refresh":                     {pinned(func(p *plan.Plan) { p.Refresh = true }), time.Hour, "made"},
		"renewed":                       {pinned(func(p *plan.Plan) { p.Wheelhouse.Renew = true }), time.Hour, "made"},
		"a base that may have changed":  {pinned(func(p *plan.Plan) { p.Base = "local:1" }), time.Hour, "made"},
		"other packages":                {pinned(func(p *plan.Plan) { p.Detected.RuntimePackages.Value = []string{"libgl1"} }), time.Hour, "made"},
		"a name twice is the same name": {pinned(func(p *plan.Plan) { p.Detected.RuntimePackages.Value = []string{"libpq5"} }), time.Hour, "h/p/r/system@sha256:found"},
	} {
		s := newShelf()
		s.age, s.lost["sha256:found"] = tt.age, tt.p.Service == "lost"
		s.tags["system:"+inventory.SystemKey(tt.p.Base, []string{"libpq5"}, nil).Hash] = "sha256:found"
		dir := wheelsSource(t)
		if _, _, system := find(t, s, tt.p, dir, `"libpq5"`); system != tt.want {
			t.Errorf("%s: %s", name, system)
		}
		installed(t, dir, "", nil)
		if err := put(t, s, tt.p, dir); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if moved := slices.ContainsFunc(s.calls, func(c string) bool { return strings.HasPrefix(c, "move system:") }); moved != (tt.want == "made") {
			t.Errorf("%s: the key's tag is moved: %v", name, moved)
		}
	}
}
