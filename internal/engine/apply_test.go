package engine

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

var anArchive = Source{Object: "source/1.tgz", Files: 1, Write: func(context.Context, io.Writer) error { return nil }}

// aPlan releases only.
var aPlan = plan.Plan{Service: "hello", Steps: []plan.Step{{ID: plan.StepRelease, WaitFor: []plan.StepID{plan.AtOnce}}},
	Keys: plan.Statuses{Runtime: plan.Status{Key: strings.Repeat("a", 64)}}}

func ended(released string) plan.Outcome {
	return plan.Outcome{Status: plan.Success, Steps: []plan.StepOutcome{{ID: plan.StepRelease, Status: plan.Success, Output: []byte(released)}}}
}

const serves = `{"revision":"hello-2","url":"http://u","image":"i@sha256:1"}`

func TestApply(t *testing.T) {
	t.Parallel()
	theirs := plan.Outcome{Build: "theirs"}
	for _, tt := range []struct {
		name   string
		google *google
		calls  []string // those of builds, in their order
		build  string
		kind   errs.Kind
		err    string
	}{
		{"its own", &google{end: []plan.Outcome{ended(serves)}},
			[]string{"running", "submit", "running", "watch mine"}, "mine", 0, ""},
		{"its own is the oldest", &google{running: []plan.Outcome{{}, {Build: "mine"}}, end: []plan.Outcome{ended(serves)}},
			[]string{"running", "submit", "running", "watch mine"}, "mine", 0, ""},
		{"attach", &google{running: []plan.Outcome{theirs}, end: []plan.Outcome{ended(serves)}},
			[]string{"running", "watch theirs"}, "theirs", 0, ""},
		{"two in the same moment", &google{running: []plan.Outcome{{}, theirs}, end: []plan.Outcome{ended(serves)}},
			[]string{"running", "submit", "running", "cancel mine", "watch theirs"}, "theirs", 0, ""},
		{"two, and ours cannot be cancelled", &google{running: []plan.Outcome{{}, theirs}, end: []plan.Outcome{ended(serves)}, fail: map[string]error{"cancel mine": io.EOF}},
			[]string{"running", "submit", "running", "cancel mine", "watch mine"}, "mine", 0, ""},
		{"attached, and theirs is cancelled", &google{running: []plan.Outcome{theirs}, end: []plan.Outcome{{Status: plan.Cancelled}, ended(serves)}},
			[]string{"running", "watch theirs", "submit", "watch mine"}, "mine", 0, ""},
		{"attached, and theirs is superseded", &google{running: []plan.Outcome{theirs}, end: []plan.Outcome{ended(`{"superseded":"x"}`), ended(serves)}},
			[]string{"running", "watch theirs", "submit", "watch mine"}, "mine", 0, ""},
		{"superseded", &google{end: []plan.Outcome{ended(`{"superseded":"x"}`)}},
			[]string{"running", "submit", "running", "watch mine"}, "mine", errs.Superseded, "superseded: a newer run (x)"},
		{"no output", &google{end: []plan.Outcome{ended("")}},
			[]string{"running", "submit", "running", "watch mine"}, "mine", errs.Internal, "says nothing"},
		{"cancelled by another", &google{end: []plan.Outcome{{Status: plan.Cancelled}}},
			[]string{"running", "submit", "running", "watch mine"}, "mine", errs.Interrupted, "was cancelled"},
		{"the list fails", &google{fail: map[string]error{"running": errs.New(errs.Transient, "", "no list")}},
			[]string{"running"}, "", errs.Transient, "no list"},
		{"the upload fails", &google{fail: map[string]error{"upload": errs.New(errs.Auth, "", "no right")}},
			[]string{"running"}, "", errs.Auth, "no right"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := tt.google.engine().Apply(t.Context(), aPlan, anArchive, time.Unix(1, 0))
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err) || errs.KindOf(err) != tt.kind) {
				t.Errorf("%v, kind %v", err, errs.KindOf(err))
			}
			if r.Build != tt.build {
				t.Errorf("build %q, want %q", r.Build, tt.build)
			}
			if err == nil && (r.Status != "released" || r.Revision != "hello-2" || r.URL != "http://u" || r.Image != "i@sha256:1") {
				t.Errorf("%+v", r)
			}
			calls := slices.DeleteFunc(tt.google.all(), func(c string) bool {
				return slices.Contains([]string{"bucket", "exists", "upload", "last"}, c)
			})
			if diff := cmp.Diff(tt.calls, calls); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

func TestApplyNothing(t *testing.T) {
	t.Parallel()
	g := &google{}
	p := plan.Plan{NothingToDo: true, Service: "hello", Current: release.Service{URL: "u", Revision: "r", Image: "i"}}
	r, err := g.engine().Apply(t.Context(), p, anArchive, time.Time{})
	if err != nil || r.Status != "nothing_to_do" || r.URL != "u" || r.Revision != "r" || r.Image != "i" {
		t.Errorf("%+v, %v", r, err)
	}
	if calls := g.all(); len(calls) != 0 {
		t.Errorf("calls: %v", calls)
	}
}

func TestApplySentBefore(t *testing.T) {
	t.Parallel()
	g := &google{there: true, end: []plan.Outcome{ended(serves)}}
	e := g.engine()
	if _, err := e.Apply(t.Context(), aPlan, anArchive, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if slices.Contains(g.all(), "upload") {
		t.Error("it was sent again")
	}
	if said := strings.Join(e.Report.(*recorder).all(), "\n"); !strings.Contains(said, "1 file, 0 B, sent before") {
		t.Error(said)
	}
}

// TestApplyTags: builds are found by their service and their plan, and those
// that made a runtime by its key.
func TestApplyTags(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		step plan.StepID
		tags int
	}{{plan.StepRelease, 3}, {plan.StepWheels, 5}, {plan.StepInstall, 4}} {
		g := &google{}
		p := aPlan
		p.Steps = []plan.Step{{ID: tt.step}}
		if tt.step == plan.StepWheels {
			p.Wheelhouse = &plan.Wheelhouse{}
			p.Keys.Wheels.Key = strings.Repeat("b", 64)
		}
		b, err := g.engine().create(t.Context(), p, anArchive, time.Time{})
		tags := strings.Fields(b.Name)
		if err != nil || len(tags) != tt.tags || tags[1] != "service-hello" || tags[2] != planTag(p, anArchive) {
			t.Errorf("%s: %v, %v", tt.step, tags, err)
		}
	}
}

// TestRefreshTags: a refresh is no deploy of its service, and nobody waits for it.
func TestRefreshTags(t *testing.T) {
	t.Parallel()
	p := missing()
	p.Refresh = true
	if diff := cmp.Diff([]string{Tag, "refresh-hello", planTag(p, anArchive)}, tags(p, anArchive)); diff != "" {
		t.Error(diff)
	}
}
