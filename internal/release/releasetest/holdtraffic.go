package releasetest

import (
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
