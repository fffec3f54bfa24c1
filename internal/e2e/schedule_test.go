package e2e

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/testclock"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// nightly is a world whose clock stands still, with a schedule.
type nightly struct {
	*world
	clock *testclock.Clock
	next  time.Time
}

// listed is a schedule in `schedule list --json`.
type listed struct {
	Name, Service, State string
	PostFailed           string                       `json:"post_failed"`
	LastBuild            *struct{ ID, Status string } `json:"last_build"`
	Result               *engine.RefreshResult        `json:"result"`
	Failure              *plan.Failed                 `json:"failure"`
	Outdated             bool
}

func (n *nightly) list(t *testing.T) (l listed) {
	t.Helper()
	text := n.command(t.Context(), n.of("schedule", "list", "--json")).text(t, 0)
	var all struct{ Schedules []listed }
	if err := json.Unmarshal([]byte(text), &all); err != nil || len(all.Schedules) != 1 {
		t.Fatalf("%v in %s", err, text)
	}
	return all.Schedules[0]
}

// scheduled are the builds of the schedule.
func (n *nightly) scheduled() (all []*cloudbuildpb.Build) {
	for _, b := range n.cloudbuild().Builds() {
		if slices.Contains(b.GetTags(), "schedule-hello-wheels-refresh") {
			all = append(all, b)
		}
	}
	return all
}

// night lets the schedule's next time come, and waits for the end of its build.
func (n *nightly) night(t *testing.T) *cloudbuildpb.Build {
	t.Helper()
	had := map[string]bool{}
	for _, b := range n.scheduled() {
		had[b.GetId()] = true
	}
	n.clock.Asked(n.next)
	n.clock.Set(n.next)
	n.next = n.next.AddDate(0, 0, 1)
	var b *cloudbuildpb.Build
	until(t, "the scheduled build ends", func() bool {
		i := slices.IndexFunc(n.scheduled(), func(b *cloudbuildpb.Build) bool { return !had[b.GetId()] && b.GetFinishTime() != nil })
		if i >= 0 {
			b = n.scheduled()[i]
		}
		return i >= 0
	})
	n.clock.Asked(n.next) // it is known how the post went
	return b
}

func newNightly(t *testing.T, more ...string) *nightly {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Minute)
	n := &nightly{clock: testclock.New(now), next: time.Date(now.Year(), now.Month(), now.Day(), 3, 0, 0, 0, time.UTC)}
	if !n.next.After(now) {
		n.next = n.next.AddDate(0, 0, 1)
	}
	n.world = newWorld(t, false, func(o *emulator.Options) { o.Now, o.At = n.clock.Now, n.clock.At })
	n.command(t.Context(), n.of("setup", "--yes")).text(t, 0)
	n.run(t.Context(), n.app).wait(t, 0)
	text := n.command(t.Context(), n.of(append([]string{"schedule", "create", "--schedule", "0 3 * * *"}, more...)...)).text(t, 0)
	if !strings.Contains(text, "created the schedule hello-wheels-refresh") || !strings.Contains(text, "  runs "+n.next.Format("Mon 2006-01-02")+" 03:00 UTC\n") {
		t.Errorf("it says:\n%s", text)
	}
	return n
}

// TestSchedule: what a schedule begins refreshes what is deployed, without a workspace
// and without a build inside of its build, and what came of it is seen.
func TestSchedule(t *testing.T) {
	t.Parallel()
	n := newNightly(t)
	if text := n.command(t.Context(), n.of("schedule", "create", "--schedule", "0 3 * * *")).text(t, 0); !strings.Contains(text, "nothing to do") {
		t.Errorf("again:\n%s", text)
	}
	before := n.plan(t, n.app)
	tags := func() string {
		return n.keyTags(t, plan.Wheels)[before.Keys.Wheels.Key] + " " + n.keyTags(t, plan.Runtime)[before.Keys.Runtime.Key]
	}
	old, builds := tags(), len(n.cloudbuild().Builds())
	if b := n.night(t); b.GetStatus() != cloudbuildpb.Build_SUCCESS {
		t.Fatalf("%v", b)
	}
	if l := n.list(t); l.Result == nil || l.Result.Status != "nothing_to_do" || l.LastBuild.Status != "SUCCESS" || l.Outdated || l.PostFailed != "" {
		t.Errorf("nothing was newer: %+v", l)
	}

	n.newer(t, `{"packages":[{"name":"flask","version":"3.0.1","build_key":"b"}]}`)
	fail := filepath.Join(n.dir, "fail-test")
	if err := os.WriteFile(fail, []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	if b := n.night(t); b.GetStatus() != cloudbuildpb.Build_FAILURE {
		t.Errorf("its tests fail: %v", b.GetStatus())
	}
	if l := n.list(t); l.Result != nil || l.Failure == nil || !strings.Contains(l.Failure.Error, "step test failed") {
		t.Errorf("its tests fail: %+v", l)
	}
	doctor := n.command(t.Context(), n.of("doctor"))
	<-doctor.done
	if text := doctor.out.String(); !strings.Contains(text, "hello-wheels-refresh: its last build, ") || !strings.Contains(text, "gcpdeploy schedule show hello-wheels-refresh") {
		t.Errorf("says doctor:\n%s", text)
	}
	if got := tags(); got != old || !n.plan(t, n.app).NothingToDo {
		t.Errorf("a refresh whose tests failed has moved %s to %s", old, got)
	}
	if err := os.Remove(fail); err != nil {
		t.Fatal(err)
	}

	n.night(t)
	l := n.list(t)
	if l.Result == nil || l.Result.Status != "promoted" || len(l.Result.Changed) != 1 || tags() != l.Result.Wheels+" "+l.Result.Runtime {
		t.Errorf("promoted: %+v, the tags are %s", l, tags())
	}
	if text := n.command(t.Context(), n.of("schedule", "list")).text(t, 0); !strings.Contains(text, "promoted 1 package ") || !strings.Contains(text, l.LastBuild.ID) {
		t.Errorf("the list:\n%s", text)
	}
	n.night(t)
	if l := n.list(t); l.Result == nil || l.Result.Status != "nothing_to_do" {
		t.Errorf("once more: %+v", l)
	}
	if got := len(n.cloudbuild().Builds()); got != builds+4 {
		t.Errorf("four nights made %d builds", got-builds)
	}
}

// TestScheduleByHand: run, pause, resume, change and delete.
func TestScheduleByHand(t *testing.T) {
	t.Parallel()
	n := newNightly(t, "--prune", "--cooldown", "72h", "--yes")
	say := func(exit int, want string, words ...string) {
		t.Helper()
		if text := n.command(t.Context(), n.of(append([]string{"schedule"}, words...)...)).text(t, exit); !strings.Contains(text, want) {
			t.Errorf("%v: no %q in\n%s", words, want, text)
		}
	}
	say(0, "refreshing the wheels of hello", "run", "--wait")
	say(0, `"status":"nothing_to_do"`, "run", "--wait", "--json")
	say(0, "gcpdeploy wheels prune --yes --project=demo", "show")
	if b := n.scheduled(); len(b) != 2 || len(b[0].GetSteps()) != 2 || !slices.Contains(b[0].GetSteps()[0].GetArgs(), "--cooldown=72h0m0s") {
		t.Errorf("%v", b)
	}
	env := n.in(map[string]string{"GCPDEPLOY_PYTHON": "3.12", "GCPDEPLOY_RUN_MEMORY": "1Gi"})
	lookup := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	text := n.commandIn(t.Context(), lookup, n.of("schedule", "create", "--schedule", "0 3 * * *", "--dry-run")).text(t, 0)
	if !strings.Contains(text, "warning: GCPDEPLOY_PYTHON is set on this machine, and not in a build") || strings.Contains(text, "MEMORY") {
		t.Errorf("%s", text)
	}
	say(0, "is paused", "pause")
	say(0, "paused", "list")
	say(0, "it is paused: `gcpdeploy schedule resume hello-wheels-refresh`", "create", "--schedule", "0 3 * * *", "--prune", "--cooldown", "72h")
	say(0, "runs next", "resume", "hello-wheels-refresh")
	say(0, "changed schedule, time_zone of the schedule", "create", "--schedule", "0 4 * * *", "--time-zone", "Europe/Berlin", "--prune", "--cooldown", "72h")
	say(2, "nobody is here to agree to it", "delete")
	say(0, "deleted the schedule", "delete", "--yes")
	say(0, "nothing to do", "delete", "hello-wheels-refresh")
	say(1, "there is no schedule of hello", "run")
}

// TestScheduleOfEnvironment: the environment is found in what was deployed, as the
// build has no settings of its own.
func TestScheduleOfEnvironment(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	f, err := os.OpenFile(filepath.Join(w.app, "gcpdeploy.yaml"), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString("environments: {prod: {service: hello-prod}}\n")
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	do := func(words ...string) string {
		return w.command(t.Context(), w.of(append(words, "--env", "prod")...)).text(t, 0)
	}
	do("setup", "--yes")
	do("up")
	if text := do("schedule", "create", "--schedule", "0 3 * * *"); !strings.Contains(text, "the schedule hello-prod-wheels-refresh,") {
		t.Errorf("it says:\n%s", text)
	}
	if text := do("schedule", "run", "--wait"); !strings.Contains(text, "refreshing the wheels of hello-prod, ") {
		t.Errorf("it says:\n%s", text)
	}
}
