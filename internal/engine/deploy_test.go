package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/source"
)

// TestPlanBuilder: a plan changes nothing, and says what `up` does about a builder
// image that is not there.
func TestPlanBuilder(t *testing.T) {
	t.Parallel()
	app := anApp(t)
	push := func(context.Context) (string, error) { t.Error("a plan pushes"); return "", nil }
	for _, tt := range []struct {
		name   string
		tags   map[string]string
		pusher func(context.Context) (string, error)
		note   string
	}{
		{name: "there", tags: map[string]string{plan.Builder + ":" + aPlace.Version: "sha256:b"}, pusher: push},
		{name: "ours to push", pusher: push, note: "`gcpdeploy up` pushes it"},
		{name: "not ours to push", note: "`gcpdeploy up` needs it"},
	} {
		e := (&google{tags: tt.tags}).engine()
		e.PushBuilder = tt.pusher
		p, err := e.Plan(t.Context(), app)
		if err != nil {
			t.Fatal(err)
		}
		notes := strings.Join(p.Notes, "\n")
		if strings.Contains(notes, "builder image") != (tt.note != "") || !strings.Contains(notes, tt.note) {
			t.Errorf("%s: notes %q, want %q", tt.name, notes, tt.note)
		}
	}
}

// TestDeployBuilder: a deploy puts the builder image in its place, or says how to.
func TestDeployBuilder(t *testing.T) {
	t.Parallel()
	app := &App{App: anApp(t), Tree: &source.Tree{}}
	g := &google{}
	e := g.engine()
	_, err := e.Deploy(t.Context(), app, time.Unix(0, 0), func(plan.Plan) { t.Error("a plan without a builder image is shown") })
	if !errors.Is(err, ErrNoBuilder) || errs.KindOf(err) != errs.NotFound || !strings.Contains(errs.HintOf(err), "gcpdeploy setup --only=builder") {
		t.Errorf("%v, hint %q", err, errs.HintOf(err))
	}
	if _, err := e.Builder(t.Context(), app.App); errs.KindOf(err) != errs.NotFound {
		t.Errorf("asked for alone: %v", err)
	}
	pushed := 0
	e.PushBuilder = func(context.Context) (string, error) { pushed++; return "sha256:pushed", nil }
	p, err := e.planWithBuilder(t.Context(), app.App)
	if err != nil || pushed != 1 || !strings.HasSuffix(p.Builder, "@sha256:pushed") {
		t.Errorf("%d pushes, builder %q, %v", pushed, p.Builder, err)
	}
	g.tags = map[string]string{plan.Builder + ":" + aPlace.Version: "sha256:there"}
	if digest, err := e.Builder(t.Context(), app.App); digest != "sha256:there" || err != nil || pushed != 1 {
		t.Errorf("one that is there: %s, %v, %d pushes", digest, err, pushed)
	}
}

// TestDeployAgain: where another run makes what is missing, it is waited for, and
// planned again.
func TestDeployAgain(t *testing.T) {
	t.Parallel()
	app := &App{App: anApp(t), Tree: &source.Tree{}}
	g := &google{tags: map[string]string{plan.Builder + ":" + aPlace.Version: "sha256:b"}}
	g.running = []plan.Outcome{{}, {}, {Build: "theirs"}}
	g.end = []plan.Outcome{{Status: plan.Success}, ended(`{"revision":"hello-1"}`)}
	shown := 0
	r, err := g.engine().Deploy(t.Context(), app, time.Unix(0, 0), func(plan.Plan) { shown++ })
	if err != nil || r.Revision != "hello-1" || shown != 2 {
		t.Errorf("%+v, %v after %d plans, want 2", r, err, shown)
	}
	calls := g.all()
	if theirs, mine := slices.Index(calls, "watch theirs"), slices.Index(calls, "submit"); theirs < 0 || mine < theirs {
		t.Errorf("theirs is not waited for: %q", calls)
	}
}

// TestKeys: the later keys are known once the runtime image is there.
func TestKeys(t *testing.T) {
	t.Parallel()
	app := anApp(t)
	alone := KeysOf(app)
	g := &google{tags: map[string]string{}}
	k, err := g.engine().Keys(t.Context(), app)
	if err != nil || k.App.Hash != "" || k.Content.Hash != "" || k.Wheels.Hash != alone.Wheels.Hash {
		t.Errorf("without a runtime image: %+v, %v", k, err)
	}
	g.tags[plan.Runtime+":"+alone.Runtime.Hash] = "sha256:r"
	if k, err = g.engine().Keys(t.Context(), app); err != nil || k.App.Hash == "" || k.Content.Hash != "" {
		t.Errorf("without its wheels: %+v, %v", k, err)
	}
	g.tags[plan.Wheels+":"+alone.Wheels.Hash] = "sha256:w"
	if k, err = g.engine().Keys(t.Context(), app); err != nil || k.Content.Hash == "" {
		t.Errorf("with both: %+v, %v", k, err)
	}
}
