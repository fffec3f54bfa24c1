package e2e

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// row is something that holds for every target, whatever it is.
type row struct {
	name string
	run  func(*testing.T, targetWorld)
}

// rows are what commands do to an app on a target.
var rows = []row{
	{"a changed line", changedLine},
	{"traffic and rollback", trafficAndRollback},
	{"a release without traffic", withoutTraffic},
	{"watched", watched},
	{"a rollback while an older run builds", rollbackWins},
	{"a rollback while a release comes", rollbackYields},
	{"the older run ends last", olderEndsLast},
	{"a start that fails", startFails},
	{"tests that fail beside the start", testsFailBeside},
	{"a build that is stopped beside the start", stoppedBeside},
	{"a rollback while it is tried", rollbackBeside},
	{"a canary that is stopped", canaryStopped},
	{"the client is killed before the release", killedBefore},
	{"the client is killed in the release", killedDuring},
	{"two runs at once", twoAtOnce},
	{"prune", pruned},
}

// TestTargets: what commands do holds on every target.
func TestTargets(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		for _, r := range rows {
			t.Run(k.Config.Name+"/"+r.name, func(t *testing.T) {
				t.Parallel()
				if why := k.lacks[r.name]; why != "" {
					t.Skip(why)
				}
				r.run(t, k.world(t))
			})
		}
	}
}

func says(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
}

func changedLine(t *testing.T, w targetWorld) {
	says(t, w.do(t, 1, "status"), "there is no service hello")
	says(t, w.do(t, 1, "releases"), "there is no service hello")
	one := w.up(t, "one")
	w.serves(t, "one")
	if r := w.up(t, "one"); r.Status != "nothing_to_do" || r.Revision != one.Revision || r.URL != one.URL {
		t.Errorf("again: %+v", r)
	}
	two := w.up(t, "two")
	w.serves(t, "two")
	if n := len(w.steps(t, plan.StepWheels)); n != 1 || two.Revision == one.Revision || two.URL != one.URL {
		t.Errorf("wheels were built %d times; %+v", n, two)
	}
	says(t, w.do(t, 0, "status"), two.Revision, two.URL, "100 % "+two.Revision)
	says(t, w.do(t, 0, "logs"), "hello from container")
	says(t, w.do(t, 0, "logs --requests --revision "+two.Revision), two.Revision+" INFO GET ", "/ 200 ")
	says(t, w.do(t, 0, "releases --limit 1"), two.Revision, "100 %", "1 older")
	says(t, w.do(t, 0, "releases --changes --limit 1"), two.Revision, "\n    source changed\n")
	all := w.releases(t)
	if len(all) != 2 || all[0].Revision != two.Revision || all[0].Before != one.Revision || all[0].Image != two.Image || all[0].Run == "" || all[1].Image != one.Image {
		t.Errorf("%+v", all)
	}
	w.do(t, 0, "down")
	says(t, w.do(t, 1, "status"), "there is no service hello")
	says(t, w.do(t, 0, "down"), "nothing to do")
}

// watched: status shows each change by itself, with what made it.
func watched(t *testing.T, w targetWorld) {
	one := w.up(t, "one")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	watch := w.command(ctx, w.of("status", "--watch"))
	watch.says(t, "100 % "+one.Revision)
	two := w.up(t, "two")
	watch.says(t, "100 % "+two.Revision)
	stop()
	<-watch.done
	text := watch.out.String()
	var now struct {
		Keys    struct{ Wheels, Runtime string }
		Run, By string
	}
	if err := json.Unmarshal([]byte(w.do(t, 0, "status --json")), &now); err != nil {
		t.Fatal(err)
	}
	says(t, text, "keys      wheels "+key.Short(now.Keys.Wheels)+", runtime "+key.Short(now.Keys.Runtime), "ago by "+now.By)
	if all := w.releases(t); now.Run == "" || now.Run != all[0].Run || now.By == "" {
		t.Errorf("%+v, and the releases are %+v", now, all)
	}
	if n := strings.Count(text, "\n  url "); n > 12 {
		t.Errorf("%d times the same:\n%s", n, text)
	}
}

func olderEndsLast(t *testing.T, w targetWorld) {
	w.up(t, "one")
	w.edit(t, "older")
	w.hold(t, "during", plan.StepRelease)
	old := w.run(t.Context(), w.app)
	w.reached(t, "during", plan.StepRelease, old)
	w.up(t, "newer")
	w.open(t, "during", plan.StepRelease)
	if r := old.wait(t, 1); r.Error.Kind != "superseded" {
		t.Errorf("%+v", r)
	}
	w.serves(t, "newer")
}

func startFails(t *testing.T, w targetWorld) {
	one := w.up(t, "one")
	two := w.up(t, "two")
	w.edit(t, "crash")
	says(t, w.do(t, 1, "up"), "hello from container") // its own log
	w.serves(t, "two")
	says(t, w.do(t, 0, "rollback"), "100 % "+one.Revision)
	w.serves(t, "one")
	for _, r := range w.releases(t) {
		if r.Ready && r.Revision != one.Revision && r.Revision != two.Revision {
			t.Errorf("%+v", r)
		}
	}
	// What is released over a rollback, and does not start, leaves it as it is.
	w.edit(t, "crash")
	w.do(t, 1, "up")
	w.serves(t, "one")
	says(t, w.do(t, 0, "traffic"), "100 %  "+one.Revision)
	w.up(t, "three")
	w.serves(t, "three")
}

func killedBefore(t *testing.T, w targetWorld) { killed(t, w, "before") }
func killedDuring(t *testing.T, w targetWorld) { killed(t, w, "during") }

func killed(t *testing.T, w targetWorld, phase string) {
	w.up(t, "one")
	w.edit(t, "two")
	w.hold(t, phase, plan.StepRelease)
	u := w.run(t.Context(), w.app)
	w.reached(t, phase, plan.StepRelease, u)
	w.kill(u)
	again := w.run(t.Context(), w.app)
	again.says(t, "following it")
	w.open(t, phase, plan.StepRelease)
	again.wait(t, 0)
	w.serves(t, "two")
	if p := w.plan(t, w.app); !p.NothingToDo {
		t.Errorf("there is something left to do: %v", p.Steps)
	}
}

func twoAtOnce(t *testing.T, w targetWorld) {
	w.up(t, "one")
	w.edit(t, "two")
	a, b := w.run(t.Context(), w.app), w.run(t.Context(), w.app)
	if a, b := a.wait(t, 0), b.wait(t, 0); a.Revision != b.Revision {
		t.Errorf("%+v, %+v", a, b)
	}
	w.serves(t, "two")
	if all := w.releases(t); len(all) != 2 {
		t.Errorf("%+v", all)
	}
}

func pruned(t *testing.T, w targetWorld) {
	for _, text := range []string{"one", "two"} {
		w.up(t, text)
	}
	before := w.images(t)
	exit, r := w.prune(t, "--keep", "0", "--yes")
	if exit != 0 {
		t.Errorf("%d", exit)
	}
	for _, v := range w.releases(t) {
		if _, ref, _ := strings.Cut(v.Image, "/gcpdeploy/"); !w.images(t)[ref] || !before[ref] {
			t.Errorf("%s, which %s runs, is gone of %v: %+v", ref, v.Revision, before, r)
		}
	}
	w.do(t, 0, "rollback")
	w.serves(t, "one")
}
