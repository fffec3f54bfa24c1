package releasetest

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Subject is a target that is held to what all of them promise.
type Subject struct {
	Kind   release.Kind
	Target release.Target
	Spec   release.Spec // of a service that is not there
	// Image is an image of Spec.Image by its digest, whose app answers with text.
	Image func(text string) string
	// Broken is one whose app ends at once; "" = the target starts nothing.
	Broken string
}

// Hold goes through the life of a service, step by step: each finds what the one before
// it left. What a target's calls may do differently it does not look at.
func Hold(t *testing.T, s Subject) {
	t.Helper()
	h := &held{Subject: s, began: time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)}
	for _, step := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"nothing is there", h.nothing}, {"the first release", h.first}, {"the same again", h.same}, {"the second", h.second},
		{"an older run", h.older}, {"traffic goes back", h.back}, {"traffic that is not as it was seen", h.race},
		{"a release that started before the traffic moved", h.late}, {"a split", h.split}, {"to the newest", h.newest},
		{"a release without traffic", h.withheld}, {"a release that is taken back", h.returned}, {"a release that does not start", h.broken},
		{"what it uses", h.uses}, {"three at once", h.atOnce}, {"the end", h.end},
	} {
		if !t.Run(step.name, step.run) {
			t.FailNow() // the next ones begin with what this one left
		}
	}
}

type held struct {
	Subject
	began time.Time
	runs  int
	names []string // of the revisions that served, the oldest first
}

// run is one that starts after all before it.
func (h *held) run() release.Run {
	h.runs++
	return release.Run{ID: fmt.Sprintf("%08x-run", h.runs), Started: h.began.Add(time.Duration(h.runs) * time.Minute)}
}

// before is a run that started before the last one.
func (h *held) before() release.Run {
	return release.Run{ID: "ffffffff-late", Started: h.began.Add(time.Duration(h.runs)*time.Minute - time.Second)}
}

func (h *held) deploy(t *testing.T, s release.Spec, image string, by release.Run) release.Released {
	t.Helper()
	r, err := h.Target.Deploy(t.Context(), s, image, by, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (h *held) revisions(t *testing.T) []release.Revision {
	t.Helper()
	all, err := h.Target.Revisions(t.Context(), h.Spec)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// has is that the revisions, and nothing else, have these parts of the traffic.
func (h *held) has(t *testing.T, want ...release.Share) {
	t.Helper()
	st, ok, err := h.Target.State(t.Context(), h.Spec)
	if err != nil || !ok {
		t.Fatalf("%v, %v", ok, err)
	}
	if !release.SameShares(st.Traffic, want) {
		t.Errorf("the state says %v, want %v", st.Traffic, want)
	}
	if got := release.Parts(h.revisions(t)); !release.SameShares(got, want) {
		t.Errorf("the revisions say %v, want %v", got, want)
	}
}

func all(revision string) release.Share { return release.Share{Revision: revision, Percent: 100} }

func (h *held) observe(t *testing.T, s release.Spec, text string) (now release.Service, asWanted bool) {
	t.Helper()
	now, wanted, err := h.Target.Observe(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	_, digest, _ := strings.Cut(h.Image(text), "@")
	return now, wanted(digest)
}

func (h *held) shift(t *testing.T, to release.Split) []release.Share {
	t.Helper()
	now, err := h.Target.Shift(t.Context(), h.Spec, to, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	return now
}

func (h *held) refuses(t *testing.T, to release.Split, kind errs.Kind) {
	t.Helper()
	if now, err := h.Target.Shift(t.Context(), h.Spec, to, nil); errs.KindOf(err) != kind || err.Error() == "" {
		t.Errorf("it moves to %v, %v; want an error of kind %v", now, err, kind)
	}
}

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
	if ok, err := h.Target.Delete(t.Context(), h.Spec); ok || err != nil {
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
	r := h.deploy(t, h.Spec, h.Image("two"), by)
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

func (h *held) back(t *testing.T) {
	to := release.Split{Shares: []release.Share{all(h.names[0])}, From: []release.Share{all(h.names[1])}, Run: h.run()}
	for _, what := range []string{"once", "again"} { // of the same run, as after a lost answer
		if now := h.shift(t, to); !release.SameShares(now, to.Shares) {
			t.Errorf("%s: %v", what, now)
		}
		h.has(t, to.Shares...)
		to.From = to.Shares
	}
	now, as := h.observe(t, h.Spec, "two")
	if !now.Pinned || as || now.Revision != h.names[0] || len(now.Shares) == 0 {
		t.Errorf("a release has nothing to do: %+v, %v", now, as)
	}
	if st, _, err := h.Target.State(t.Context(), h.Spec); err != nil || !st.Pinned {
		t.Errorf("%+v, %v", st, err)
	}
	s := h.Spec
	s.NoTraffic = true
	if now, as := h.observe(t, s, "two"); !as || now.Revision != h.names[1] || now.Percent() != 0 {
		t.Errorf("a release without traffic has something to do: %+v, %v", now, as)
	}
}

func (h *held) race(t *testing.T) {
	is := []release.Share{all(h.names[0])}
	seen := []release.Share{all(h.names[1])}
	h.refuses(t, release.Split{Shares: seen, From: seen, Run: h.run()}, errs.Superseded)
	h.refuses(t, release.Split{Shares: []release.Share{all("nobody-knows-it")}, Run: h.run()}, errs.NotFound)
	h.runs -= 2 // neither has been there
	h.has(t, is...)
}

func (h *held) late(t *testing.T) {
	by := h.before()
	r := h.deploy(t, h.Spec, h.Image("late"), by)
	if r.Superseded == "" {
		t.Errorf("a release that started before the traffic was moved is not superseded: %+v", r)
	}
	h.has(t, all(h.names[0]))
}

func (h *held) split(t *testing.T) {
	to := release.Split{Shares: []release.Share{{Revision: h.names[0], Percent: 30}, {Revision: h.names[1], Percent: 70}}, Run: h.run()}
	if len(h.Kind.Splits) > 0 {
		to.By = h.Kind.Splits[0]
	}
	if now := h.shift(t, to); !release.SameShares(now, to.Shares) {
		t.Errorf("%v", now)
	}
	h.has(t, to.Shares...)
	if _, _, err := release.Previous(h.revisions(t)); errs.KindOf(err) != errs.Usage {
		t.Errorf("it is known what to go back from: %v", err)
	}
}

func (h *held) newest(t *testing.T) {
	want := []release.Share{all(h.revisions(t)[0].Name)}
	if now := h.shift(t, release.Split{Run: h.run()}); !release.SameShares(now, want) {
		t.Errorf("%v, want %v", now, want)
	}
	h.has(t, want...)
	if now, as := h.observe(t, h.Spec, "two"); !as || now.Pinned {
		t.Errorf("%+v, %v", now, as)
	}
}

func (h *held) withheld(t *testing.T) {
	s := h.Spec
	s.NoTraffic = true
	r := h.deploy(t, s, h.Image("three"), h.run())
	if r.Percent != 0 || r.Revision == "" || r.Revision == h.names[1] {
		t.Fatalf("%+v", r)
	}
	h.has(t, all(h.names[1]))
	if v := h.revisions(t)[0]; v.Name != r.Revision || !v.Ready || v.Before != h.names[1] {
		t.Errorf("%+v", v)
	}
	if _, as := h.observe(t, s, "three"); !as {
		t.Error("once more without traffic there is something to do")
	}
	if _, as := h.observe(t, h.Spec, "three"); as {
		t.Error("with traffic there is nothing to do")
	}
	r = h.deploy(t, h.Spec, h.Image("three"), h.run())
	if r.Percent != 100 {
		t.Errorf("%+v", r)
	}
	h.has(t, all(r.Revision))
	if now, as := h.observe(t, h.Spec, "three"); !as || now.Revision != r.Revision {
		t.Errorf("%+v, %v", now, as)
	}
	h.names = append(h.names, r.Revision)
}

func (h *held) returned(t *testing.T) {
	by := h.run()
	r := h.deploy(t, h.Spec, h.Image("four"), by)
	if back, err := h.Target.Return(t.Context(), h.Spec, r, h.before()); err != nil || len(back) > 0 {
		t.Errorf("another run takes it back: %v, %v", back, err)
	}
	h.has(t, all(r.Revision))
	back, err := h.Target.Return(t.Context(), h.Spec, r, by)
	if err != nil || !release.SameShares(back, []release.Share{all(h.names[2])}) {
		t.Errorf("%v, %v", back, err)
	}
	h.has(t, all(h.names[2]))
}

func (h *held) broken(t *testing.T) {
	if h.Broken == "" {
		t.Skip("it starts nothing")
	}
	is := release.Parts(h.revisions(t))
	_, err := h.Target.Deploy(t.Context(), h.Spec, h.Broken, h.run(), func(string) {})
	if errs.KindOf(err) != errs.Build {
		t.Errorf("%v (%v)", err, errs.KindOf(err))
	}
	h.has(t, is...)
	for _, v := range h.revisions(t) {
		if v.Image == h.Broken && (v.Ready || v.Message == "") {
			t.Errorf("%+v", v)
		}
	}
	// The traffic can be moved all the same, and the next release serves.
	to := release.Split{Shares: []release.Share{all(h.names[1])}, From: is, Run: h.run()}
	h.shift(t, to)
	h.has(t, to.Shares...)
	h.shift(t, release.Split{Shares: is, From: to.Shares, Run: h.run()})
	r := h.deploy(t, h.Spec, h.Image("five"), h.run())
	h.has(t, all(r.Revision))
	h.names = append(h.names, r.Revision)
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
	for _, text := range []string{"a", "b", "c"} {
		by := h.run()
		g.Go(func() {
			r, err := h.Target.Deploy(t.Context(), h.Spec, h.Image(text), by, nil)
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
	if now, as := h.observe(t, h.Spec, "c"); !as {
		t.Errorf("there is something left to do: %+v", now)
	}
}

func (h *held) end(t *testing.T) {
	for _, there := range []bool{true, false} {
		if ok, err := h.Target.Delete(context.WithoutCancel(t.Context()), h.Spec); ok != there || err != nil {
			t.Errorf("%v, %v", ok, err)
		}
	}
	if found := h.revisions(t); len(found) > 0 {
		t.Errorf("%+v", found)
	}
}
