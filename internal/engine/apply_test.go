package engine

import (
	"context"
	"errors"
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
	}{{plan.StepRelease, 3}, {plan.StepWheels, 5}, {plan.StepRuntime, 4}} {
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

// TestInterrupt: Ctrl-C cancels the build, also one that is just being created.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, stop string
		fail       map[string]error
		err        string
		kind       errs.Kind
		calls      []string
	}{
		{"while watching", "watch mine", nil, "interrupted; build mine was cancelled", errs.Interrupted,
			[]string{"submit", "running", "watch mine", "cancel mine", "watch mine"}},
		{"while creating", "submit", nil, "interrupted; build mine was cancelled", errs.Interrupted,
			[]string{"submit", "running", "watch mine", "cancel mine", "watch mine"}},
		{"no cancelling", "watch mine", map[string]error{"cancel mine": errors.New("no")}, "could not be cancelled: no", errs.Interrupted,
			[]string{"submit", "running", "watch mine", "cancel mine"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			g := &google{hang: true, fail: tt.fail}
			e := g.engine()
			e.Builds = stopping{builds{g}, tt.stop, cancel}
			_, err := e.Apply(ctx, aPlan, anArchive, time.Time{})
			if err == nil || errs.ExitCode(err) != 130 || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%v", err)
			}
			calls := slices.DeleteFunc(g.all(), func(c string) bool {
				return slices.Contains([]string{"bucket", "exists", "upload", "last"}, c)
			})
			if diff := cmp.Diff(append([]string{"running"}, tt.calls...), calls); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

// stopping ends the run's context in the middle of a call.
type stopping struct {
	builds
	call string
	stop func()
}

func (s stopping) Submit(ctx context.Context, p plan.Plan, bucket, object string, started time.Time, tags []string) (plan.Outcome, error) {
	if s.call == "submit" {
		s.stop()
	}
	return s.builds.Submit(ctx, p, bucket, object, started, tags)
}

func (s stopping) Watch(ctx context.Context, o plan.Outcome, log io.Writer) (plan.Outcome, error) {
	if s.call == "watch "+o.Build {
		s.stop()
	}
	return s.builds.Watch(ctx, o, log)
}

// TestApplyAdmits: where the builds' account may not let everybody in, whoever runs
// this is asked to, and is told how where that fails too.
func TestApplyAdmits(t *testing.T) {
	t.Parallel()
	closed := ended(`{"revision":"hello-2","private":true,"closed":"run.services.setIamPolicy is lacking"}`)
	for _, tt := range []struct {
		name    string
		fail    map[string]error
		end     plan.Outcome
		private bool
		told    []string
	}{
		{"may", nil, closed, false, []string{"note everybody may call the service now, by your own credentials: the builds' account could not say so"}},
		{"may not", map[string]error{"admit": errs.New(errs.Auth, "Have somebody run it.", "not you")}, closed, true, []string{
			"warn the service is private, though everybody was to call it; the builds' account: run.services.setIamPolicy is lacking",
			"warn you: not you\nHave somebody run it.",
		}},
		{"private, as it was to be", nil, ended(`{"revision":"hello-2","private":true}`), true, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := &google{end: []plan.Outcome{tt.end}, fail: tt.fail}
			e, said := g.engine(), &recorder{}
			e.Report = said
			r, err := e.Apply(t.Context(), aPlan, anArchive, time.Unix(1, 0))
			if err != nil || r.Private != tt.private || r.Status != "released" {
				t.Errorf("%+v, %v", r, err)
			}
			told := slices.DeleteFunc(said.all(), func(l string) bool { return !strings.HasPrefix(l, "note ") && !strings.HasPrefix(l, "warn ") })
			if !slices.Equal(tt.told, told) {
				t.Error(cmp.Diff(tt.told, told))
			}
		})
	}
}

// TestNothingToDoAdmits: a service that nobody could open yet is opened although
// there is nothing else to do.
func TestNothingToDoAdmits(t *testing.T) {
	t.Parallel()
	p := aPlan
	p.NothingToDo, p.Current = true, release.Service{Revision: "hello-2", Closed: "it could not"}
	g := &google{}
	r, err := g.engine().Apply(t.Context(), p, Source{}, time.Unix(1, 0))
	if err != nil || r.Status != "nothing_to_do" || r.Private || !slices.Equal(g.all(), []string{"admit"}) {
		t.Errorf("%+v, %v, calls %q", r, err, g.all())
	}
	g = &google{fail: map[string]error{"admit": errs.New(errs.Auth, "", "not you")}}
	if r, err := g.engine().Apply(t.Context(), p, Source{}, time.Unix(1, 0)); err != nil || !r.Private {
		t.Errorf("%+v, %v", r, err)
	}
}
