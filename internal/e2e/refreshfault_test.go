package e2e

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// refreshes is a refresh of a deployed app, with something newer to find.
var refreshes = course{
	ready: func(t *testing.T, w *world) {
		t.Helper()
		w.run(t.Context(), w.app).wait(t, 0)
		w.newer(t, `{"packages":[{"name":"flask","version":"3.0.1","build_key":"b"}]}`)
	},
	run: func(ctx context.Context, w *world) *up { return w.command(ctx, w.of("wheels", "refresh", "--json")) },
	settled: func(t *testing.T, w *world, end int) {
		t.Helper()
		// Builds of a client that was killed end by themselves: also what they promote is whole.
		for _, b := range w.cloudbuild().Builds() {
			if _, err := w.cloudbuild().Wait(t.Context(), b.GetId()); err != nil {
				t.Fatal(err)
			}
		}
		r, out := w.refresh(t, 0)
		if end == 0 && r.Status != "nothing_to_do" {
			t.Errorf("after a refresh that ended well there is more to do:\n%s", out)
		}
		w.refreshed(t)
	},
}

// refreshed looks at what a refresh leaves: keys that belong together, and a deploy
// that finds all of it.
func (w *world) refreshed(t *testing.T) {
	t.Helper()
	p := w.plan(t, w.app)
	wheels, runtime := w.keyTags(t, plan.Wheels)[p.Keys.Wheels.Key], w.keyTags(t, plan.Runtime)[p.Keys.Runtime.Key]
	labels, err := w.registry().Labels(t.Context(), plan.Runtime, runtime)
	if err != nil || labels[plan.WheelsLabel] != wheels {
		t.Errorf("the runtime was made of %s, and the wheels' key leads to %s: %v", labels[plan.WheelsLabel], wheels, err)
	}
	if r, out := w.refresh(t, 0); r.Status != "nothing_to_do" || r.Wheels != wheels {
		t.Errorf("there is something left to do:\n%s", out)
	}
	if p.Keys.Runtime.Status != plan.Hit || p.Keys.TestEnv.Status != plan.Hit || p.Image.Status != plan.Hit {
		t.Errorf("the next deploy finds %+v, image %+v", p.Keys, p.Image)
	}
	u := w.run(t.Context(), w.app)
	u.wait(t, 0)
	lines := strings.Split(strings.TrimSpace(u.out.String()), "\n")
	var r engine.Result
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &r); err != nil || w.serves(t).Base != runtime {
		t.Errorf("it serves %+v, and the runtime's key leads to %s: %v", w.serves(t), runtime, err)
	}
}

// TestEachCallOfRefreshFailsOnce is TestEachCallFailsOnce for `wheels refresh`.
func TestEachCallOfRefreshFailsOnce(t *testing.T) {
	t.Parallel()
	refreshes.eachFailsOnce(t)
}

// TestEachCallOfRefreshFails is TestEachCallFails for `wheels refresh`.
func TestEachCallOfRefreshFails(t *testing.T) {
	t.Parallel()
	refreshes.eachFails(t, 91)
}

// TestKillAtEachCallOfRefresh is TestKillAtEachCall for `wheels refresh`.
func TestKillAtEachCallOfRefresh(t *testing.T) {
	t.Parallel()
	refreshes.killAtEach(t, 17)
}
