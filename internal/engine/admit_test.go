package engine

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

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
			p := aPlan
			p.Release.Service = p.Service
			r, err := e.Apply(t.Context(), p, anArchive, time.Unix(1, 0))
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
