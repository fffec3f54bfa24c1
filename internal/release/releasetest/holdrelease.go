package releasetest

import (
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

func (h *held) nothing(t *testing.T) {
	if now, as := h.observe(t, h.Spec, "one"); now.Exists || as {
		t.Errorf("%+v, %v", now, as)
	}
	if _, ok, err := h.Target.State(t.Context(), h.Spec); ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
	if found := h.revisions(t); len(found) > 0 {
		t.Errorf("%+v", found)
	}
	h.refuses(t, release.Split{}, errs.NotFound)
	if ok, _, err := h.Target.Delete(t.Context(), h.Spec); ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
}

func (h *held) first(t *testing.T) {
	s := h.Spec
	s.NoTraffic = true // nothing else could serve
	s.Origin = &ci.Origin{System: ci.CloudBuild, Event: ci.Push, Commit: strings.Repeat("1", 40), Branch: "main"}
	by := h.run()
	r := h.deploy(t, s, h.Image("one"), by)
	if r.Percent != 100 || len(r.Before) > 0 || r.Revision == "" || r.Image != h.Image("one") || r.Superseded != "" {
		t.Fatalf("%+v", r)
	}
	h.names = append(h.names, r.Revision)
	h.has(t, all(r.Revision))
	v := h.revisions(t)[0]
	if !v.Ready || v.Stopped || v.Image != h.Image("one") || v.Run.ID != by.ID || !v.Run.Started.Equal(by.Started) || v.Before != "" || v.Created.IsZero() {
		t.Errorf("%+v", v)
	}
	if !reflect.DeepEqual(v.Origin, s.Origin) {
		t.Errorf("it comes from %v, want %v", v.Origin, s.Origin)
	}
	st, _, err := h.Target.State(t.Context(), h.Spec)
	if err != nil || !st.Ready || st.Pinned || st.Revision != r.Revision || st.Image != r.Image || st.Origin == nil || st.Origin.Commit != s.Origin.Commit {
		t.Errorf("%+v, %v", st, err)
	}
}

func (h *held) same(t *testing.T) {
	if now, as := h.observe(t, h.Spec, "one"); !as || now.Revision != h.names[0] || now.Pinned || now.Percent() != 100 {
		t.Errorf("%+v, %v", now, as)
	}
	if _, as := h.observe(t, h.Spec, "two"); as {
		t.Error("another image is as wanted")
	}
	other := h.Spec
	other.Env = map[string]string{"OTHER": "1"}
	if _, as := h.observe(t, other, "one"); as {
		t.Error("another variable is as wanted")
	}
}

func (h *held) second(t *testing.T) {
	by := h.run()
	r := h.serve(t, h.Spec, h.Image("two"), by)
	if r.Percent != 100 || !release.SameShares(r.Before, []release.Share{all(h.names[0])}) || r.Revision == h.names[0] {
		t.Fatalf("%+v", r)
	}
	h.names = append(h.names, r.Revision)
	h.has(t, all(r.Revision))
	found := h.revisions(t)
	if len(found) != 2 || found[0].Name != h.names[1] || found[1].Name != h.names[0] {
		t.Fatalf("not the newest first: %+v", found)
	}
	if v := found[0]; v.Before != h.names[0] || v.Run.ID != by.ID || v.Origin != nil {
		t.Errorf("%+v", v)
	}
	if to, _, err := release.Previous(found); err != nil || to.Name != h.names[0] {
		t.Errorf("before it was %q, %v", to.Name, err)
	}
}

func (h *held) older(t *testing.T) {
	by := h.before()
	r := h.deploy(t, h.Spec, h.Image("one"), by)
	if r.Superseded == "" || r.Superseded == by.ID {
		t.Errorf("%+v", r)
	}
	h.has(t, all(h.names[1]))
}

func (h *held) uses(t *testing.T) {
	uses, err := h.Target.Uses(t.Context(), h.Spec.Project, h.Spec.Region)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range h.revisions(t) {
		if !slices.ContainsFunc(uses, func(u release.Use) bool {
			return u.Service == h.Spec.Service && u.Revision == v.Name && slices.Contains(u.Images, v.Image) && u.Serving == (v.Percent > 0)
		}) {
			t.Errorf("no use says %+v: %+v", v, uses)
		}
	}
}

// atOnce releases three runs at the same time: whatever the order, the one that started
// last serves, and nobody fails.
func (h *held) atOnce(t *testing.T) {
	var g sync.WaitGroup
	var last release.Released
	var newest release.Run
	for _, text := range []string{"a", "b", "c"} {
		by := h.run()
		newest = by
		g.Go(func() {
			r, err := h.Target.Deploy(t.Context(), h.Spec, h.Image(text), by, nil)
			if err == nil && r.Superseded == "" {
				h.Target.Settle(t.Context(), h.Spec, r, by, nil)
			}
			switch {
			case err != nil:
				t.Errorf("%s: %v", text, err)
			case text == "c":
				last = r
			}
		})
	}
	g.Wait()
	if last.Superseded != "" || last.Percent != 100 {
		t.Errorf("the last one: %+v", last)
	}
	h.has(t, all(last.Revision))
	h.settle(t, last, newest)
	if now, as := h.observe(t, h.Spec, "c"); !as {
		t.Errorf("there is something left to do: %+v", now)
	}
}

func (h *held) end(t *testing.T) {
	for _, there := range []bool{true, false} {
		if ok, left, err := h.Target.Delete(t.Context(), h.Spec); ok != there || left != "" || err != nil {
			t.Errorf("%v, %q, %v", ok, left, err)
		}
	}
	if found := h.revisions(t); len(found) > 0 {
		t.Errorf("%+v", found)
	}
}
