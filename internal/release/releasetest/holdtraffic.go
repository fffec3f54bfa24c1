package releasetest

import (
	"slices"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

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
	r = h.serve(t, h.Spec, h.Image("three"), h.run())
	if r.Percent != 100 {
		t.Errorf("%+v", r)
	}
	h.has(t, all(r.Revision))
	if now, as := h.observe(t, h.Spec, "three"); !as || now.Revision != r.Revision {
		t.Errorf("%+v, %v", now, as)
	}
	h.names = append(h.names, r.Revision)
}

// tagged: a tag has a URL of its own, moves, goes, and keeps no revision.
func (h *held) tagged(t *testing.T) {
	is := release.Parts(h.revisions(t))
	if h.Kind.Tag == nil {
		if _, err := h.Target.Tag(t.Context(), h.Spec, "next", h.names[0]); errs.KindOf(err) != errs.Usage {
			t.Errorf("a tag where there are none: %v", err)
		}
		return
	}
	for tag, fits := range map[string]bool{"next": true, "pr-12": true, "Next": false, "12": false, "a_b": false, strings.Repeat("long", 20): false} {
		if err := h.Kind.Tag(h.Spec.Service, tag); (err == nil) != fits {
			t.Errorf("%q: %v", tag, err)
		}
	}
	s := h.Spec
	s.NoTraffic, s.Tag = true, "next"
	r := h.deploy(t, s, h.Image("tagged"), h.run())
	if r.Percent != 0 || r.URL == "" || r.Audience == "" || r.URL == r.Audience || r.Hidden != "" {
		t.Errorf("%+v", r)
	}
	tags := func(revision string) []string {
		t.Helper()
		all := h.revisions(t)
		n := slices.IndexFunc(all, func(v release.Revision) bool { return v.Name == revision })
		if n < 0 {
			t.Fatalf("%s is not there any more", revision)
		}
		return all[n].Tags
	}
	if got := tags(r.Revision); !slices.Equal(got, []string{"next"}) {
		t.Errorf("it has the tags %q", got)
	}
	if _, as := h.observe(t, s, "tagged"); !as {
		t.Error("once more there is something to do")
	}
	if again := h.deploy(t, s, h.Image("tagged"), h.run()); again.Revision != r.Revision || again.URL != r.URL {
		t.Errorf("again it is %+v", again)
	}
	h.has(t, is...)
	if url, err := h.Target.Tag(t.Context(), h.Spec, "next", h.names[0]); url != r.URL || err != nil {
		t.Errorf("moved it is at %q, %v", url, err)
	}
	if a, b := tags(r.Revision), tags(h.names[0]); len(a) > 0 || !slices.Equal(b, []string{"next"}) {
		t.Errorf("moved it is at %q and %q", a, b)
	}
	if _, err := h.Target.Tag(t.Context(), h.Spec, "other", "nobody-knows-it"); errs.KindOf(err) != errs.NotFound {
		t.Errorf("a tag for nothing: %v", err)
	}
	h.retagged(t, is, r.Revision)
	for range 2 {
		if url, err := h.Target.Tag(t.Context(), h.Spec, "next", ""); url != "" || err != nil {
			t.Errorf("taken away it is at %q, %v", url, err)
		}
	}
	if _, err := h.Target.Discard(t.Context(), h.Spec, release.Sole(is)); errs.KindOf(err) != errs.Usage {
		t.Errorf("what has traffic is removed: %v", err)
	}
	h.has(t, is...)
	next := h.serve(t, h.Spec, h.Image("three"), h.run()) // as it was
	h.has(t, all(next.Revision))
	h.names[2] = next.Revision
	if left, err := h.Target.Discard(t.Context(), h.Spec, r.Revision); left != "" || err != nil {
		t.Errorf("%q, %v", left, err)
	}
	if slices.ContainsFunc(h.revisions(t), func(v release.Revision) bool { return v.Name == r.Revision }) {
		t.Errorf("%s is still there", r.Revision)
	}
}

// retagged: tags change alone, and traffic goes by them; names[0] has the tag next.
func (h *held) retagged(t *testing.T, is []release.Share, other string) {
	serves := release.Sole(is)
	h.shift(t, release.Split{Tags: release.Retag{Set: map[string]string{"other": other, "newest": release.Latest}}, Keep: true})
	h.has(t, is...)
	h.shift(t, release.Split{Shares: []release.Share{{Tag: "next", Percent: 25}}, Rest: true, Tags: release.Retag{Remove: []string{"newest"}}, Run: h.run()})
	h.has(t, release.Share{Revision: h.names[0], Percent: 25}, release.Share{Revision: serves, Percent: 75})
	h.refuses(t, release.Split{Shares: []release.Share{{Tag: "newest", Percent: 10}}, Rest: true, Run: h.run()}, errs.Usage)
	h.shift(t, release.Split{Shares: is, Tags: release.Retag{Set: map[string]string{"next": h.names[0]}, Clear: true}, Run: h.run()})
	h.has(t, is...)
	var tags []string
	for _, v := range h.revisions(t) {
		tags = append(tags, v.Tags...)
	}
	if !slices.Equal(tags, []string{"next"}) {
		t.Errorf("the tags are %q", tags)
	}
}

func (h *held) returned(t *testing.T) {
	by := h.run()
	r := h.unsettled(t, h.Spec, h.Image("four"), by)
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
