package releasetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

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
		{"a release without traffic", h.withheld}, {"a tag", h.tagged}, {"a trial", h.tried}, {"trials that come to nothing", h.untried}, {"a release that is taken back", h.returned}, {"a release that does not start", h.broken},
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

// deploy releases as a build does: what answers is settled.
func (h *held) deploy(t *testing.T, s release.Spec, image string, by release.Run) release.Released {
	t.Helper()
	r := h.unsettled(t, s, image, by)
	if r.Superseded == "" {
		if warning := h.Target.Settle(t.Context(), s, r, by, func(string) {}); warning != "" {
			t.Errorf("settled with a warning: %s", warning)
		}
	}
	return r
}

// unsettled is a release that is not known to answer.
func (h *held) unsettled(t *testing.T, s release.Spec, image string, by release.Run) release.Released {
	t.Helper()
	r, err := h.Target.Deploy(t.Context(), s, image, by, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// serve is a release that answers, as a build makes it.
func (h *held) serve(t *testing.T, s release.Spec, image string, by release.Run) release.Released {
	t.Helper()
	r := h.deploy(t, s, image, by)
	h.settle(t, r, by)
	return r
}

func (h *held) settle(t *testing.T, r release.Released, by release.Run) {
	t.Helper()
	if warning := h.Target.Settle(t.Context(), h.Spec, r, by, func(string) {}); warning != "" {
		t.Errorf("settled with a warning: %s", warning)
	}
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
	found := h.revisions(t)
	if got := release.Parts(found); !release.SameShares(got, want) {
		t.Errorf("the revisions say %v, want %v", got, want)
	}
	for _, v := range found {
		if v.Stopped != slices.Contains(st.Stopped, v.Name) || v.Percent > 0 && (v.Stopped || slices.Contains(st.Idle, v.Name)) {
			t.Errorf("the state says that %v are stopped and %v idle, and a revision is %+v", st.Stopped, st.Idle, v)
		}
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
