package e2e

import (
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

func trafficAndRollback(t *testing.T, w targetWorld) {
	one, two := w.up(t, "one"), w.up(t, "two")
	says(t, w.do(t, 0, "rollback"), "going to "+one.Revision+", which served before "+two.Revision, "100 % "+one.Revision, "pinned", "next `gcpdeploy up`")
	w.serves(t, "one")
	says(t, w.do(t, 0, "status"), "100 % "+one.Revision, "pinned")
	says(t, w.do(t, 0, "traffic"), "100 %  "+one.Revision, two.Revision+", has none")
	says(t, w.do(t, 1, "rollback"), "there is no older revision than "+one.Revision)

	// The next up says what it does about that, and does it.
	says(t, w.do(t, 0, "plan"), "the traffic is pinned (100 % "+one.Revision+"); what is released gets all of it")
	w.edit(t, "two")
	says(t, w.do(t, 0, "up"), "the traffic is pinned", "serves after")
	w.serves(t, "two")
	says(t, w.do(t, 0, "up"), "nothing to do")

	says(t, w.do(t, 0, "traffic --to-revisions "+one.Revision+"=50,"+w.newest(t)+"=50"), "50 % "+one.Revision, "pinned")
	for words, want := range map[string]string{
		"rollback": "no revision has all of the traffic",
		"traffic --to-revisions " + one.Revision + "=50,nobody=50": "there is no revision nobody",
		"traffic --to-revisions " + one.Revision + "=50":           "50 % together, not 100",
		"traffic --split-by nothing --to-revisions a=50,b=50":      "--split-by",
		"rollback --to nobody":                                     "there is no revision nobody",
		"traffic --to-latest --to-revisions a=100":                 "exclude each other",
	} {
		says(t, w.do(t, 2, words), want)
	}
	says(t, w.do(t, 0, "traffic"), " 50 %  "+one.Revision)
	w.do(t, 0, "rollback --to "+one.Revision)
	w.serves(t, "one")
	says(t, w.do(t, 0, "traffic --to-latest"), "before: 100 % "+one.Revision)
	w.serves(t, "two")
	says(t, w.do(t, 0, "traffic --to-latest"), "nothing to do")
}

// newest is the name of what was released last.
func (w targetWorld) newest(t *testing.T) string { return w.releases(t)[0].Revision }

func withoutTraffic(t *testing.T, w targetWorld) {
	w.edit(t, "one")
	says(t, w.do(t, 0, "up --no-traffic"), "the first release of a service gets all of its traffic", "serves after")
	w.serves(t, "one")
	w.edit(t, "two")
	says(t, w.do(t, 0, "plan --no-promote"), "what is released gets no traffic")
	says(t, w.do(t, 0, "up --no-promote"), "is ready, without traffic", "gcpdeploy traffic --to-latest")
	w.serves(t, "one")
	says(t, w.do(t, 0, "up --no-traffic"), "nothing to do", "has no traffic")
	says(t, w.do(t, 2, "up --no-traffic --no-release"), "exclude each other")
	w.do(t, 0, "traffic --to-latest")
	w.serves(t, "two")
	says(t, w.do(t, 0, "up"), "nothing to do")
	says(t, w.do(t, 0, "rollback"), "served before")
	w.serves(t, "one")
	says(t, w.do(t, 0, "up"), "serves after")
	w.serves(t, "two")
}

// rollbackWins: who rolls back is started later than the run that is being built, and
// what that run brings comes too late.
func rollbackWins(t *testing.T, w targetWorld) {
	one, _ := w.up(t, "one"), w.up(t, "two")
	w.edit(t, "three")
	w.hold(t, "before", plan.StepRelease)
	u := w.run(t.Context(), w.app)
	w.reached(t, "before", plan.StepRelease, u)
	w.do(t, 0, "rollback")
	w.open(t, "before", plan.StepRelease)
	if r := u.wait(t, 1); r.Error.Kind != "superseded" {
		t.Errorf("%+v", r)
	}
	w.serves(t, "one")
	says(t, w.do(t, 0, "traffic"), "100 %  "+one.Revision)
	w.run(t.Context(), w.app).wait(t, 0) // which starts later
	w.serves(t, "three")
}

// rollbackYields: the traffic moves between the two calls of a rollback, which leaves it
// alone.
func rollbackYields(t *testing.T, w targetWorld) {
	w.up(t, "one")
	w.up(t, "two")
	w.edit(t, "three")
	w.hold(t, "before", plan.StepRelease)
	u := w.run(t.Context(), w.app)
	w.reached(t, "before", plan.StepRelease, u)
	all, err := w.dial(w.access).Revisions(t.Context(), w.plan(t, w.app).Release)
	if err != nil {
		t.Fatal(err)
	}
	w.open(t, "before", plan.StepRelease)
	u.wait(t, 0)
	if err := w.shiftFrom(t, all); err == nil {
		t.Error("a rollback overwrites a release that it has not seen")
	}
	w.serves(t, "three")
}

// shiftFrom is a rollback by somebody who saw these revisions.
func (w targetWorld) shiftFrom(t *testing.T, seen []release.Revision) error {
	t.Helper()
	to, _, err := release.Previous(seen)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.dial(w.access).Shift(t.Context(), w.plan(t, w.app).Release, release.Split{
		Shares: []release.Share{{Revision: to.Name, Percent: 100}}, From: release.Parts(seen), Run: release.Run{ID: "traffic", Started: time.Now()},
	}, nil)
	if errs.KindOf(err) != errs.Superseded {
		t.Errorf("%v", err)
	}
	return err
}
