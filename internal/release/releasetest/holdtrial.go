package releasetest

import (
	"slices"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// tries says whether the target tries images beside what serves, and holds it to what it
// says of that.
func (h *held) tries(t *testing.T) bool {
	t.Helper()
	now, _ := h.observe(t, h.Spec, "three")
	if !now.CanTry {
		if _, err := h.Target.Try(t.Context(), h.Spec, h.Image("tried"), h.run(), nil); errs.KindOf(err) != errs.Internal {
			t.Errorf("it tries all the same: %v", err)
		}
		h.runs--
	}
	return now.CanTry
}

func (h *held) try(t *testing.T, text string, by release.Run) release.Released {
	t.Helper()
	r, err := h.Target.Try(t.Context(), h.Spec, h.Image(text), by, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// isHeld is that a trial holds the traffic, or that none does.
func (h *held) isHeld(t *testing.T, want bool) {
	t.Helper()
	now, _ := h.observe(t, h.Spec, "three")
	st, _, err := h.Target.State(t.Context(), h.Spec)
	if err != nil || now.Held != want || st.Held != want || now.Pinned || st.Pinned {
		t.Errorf("it is %+v, state %+v, %v; want that a trial holds it: %v", now, st, err, want)
	}
}

// tried: what is tried has a URL of its own, and no traffic until the same run releases it.
func (h *held) tried(t *testing.T) {
	if !h.tries(t) {
		return
	}
	is := release.Parts(h.revisions(t))
	by := h.run()
	r := h.try(t, "tried", by)
	if r.Revision == "" || r.Percent != 0 || r.URL == "" || r.Audience == "" || r.URL == r.Audience || r.Image != h.Image("tried") || !release.SameShares(r.Before, is) {
		t.Errorf("%+v", r)
	}
	h.has(t, is...)
	h.isHeld(t, true)
	if again := h.try(t, "tried", by); again.Revision != r.Revision || again.URL != r.URL {
		t.Errorf("again it is %+v", again)
	}
	released := h.serve(t, h.Spec, h.Image("tried"), by)
	if released.Revision != r.Revision || released.Percent != 100 || released.URL != r.Audience || !release.SameShares(released.Before, is) {
		t.Errorf("%+v", released)
	}
	h.has(t, all(r.Revision))
	h.isHeld(t, false)
	if v := h.revisions(t)[0]; v.Name != r.Revision || len(v.Tags) > 0 || v.Run.ID != by.ID || v.Before != release.Sole(is) {
		t.Errorf("%+v", v)
	}
	if late := h.try(t, "lost", h.before()); late.Superseded != by.ID {
		t.Errorf("a run that started before tries %+v", late)
	}
	h.isHeld(t, false)
	h.names[2] = r.Revision
}

// untried: what was tried and not released serves nobody, and the next release is as if
// it had not been.
func (h *held) untried(t *testing.T) {
	if !h.tries(t) {
		return
	}
	is := release.Parts(h.revisions(t))
	left := h.try(t, "anew", h.run())
	if stays, err := h.Target.Discard(t.Context(), h.Spec, left.Revision); err != nil {
		t.Errorf("%q, %v", stays, err)
	}
	h.has(t, is...)
	h.isHeld(t, true)
	lost := h.try(t, "lost", h.run())
	// Who moves the traffic meanwhile is heard.
	h.shift(t, release.Split{Shares: []release.Share{all(h.names[1])}, Run: h.run()})
	h.has(t, all(h.names[1]))
	if now, _ := h.observe(t, h.Spec, "three"); now.Held || !now.Pinned {
		t.Errorf("%+v", now)
	}
	r := h.serve(t, h.Spec, h.Image("three"), h.run())
	h.has(t, all(r.Revision))
	h.isHeld(t, false)
	for _, v := range h.revisions(t) {
		if slices.Contains([]string{left.Revision, lost.Revision}, v.Name) && (v.Percent > 0 || len(v.Tags) > 0) {
			t.Errorf("%+v", v)
		}
	}
	h.names[2] = r.Revision
}
