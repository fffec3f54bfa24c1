package e2e

import (
	"path"
	"sync"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/gcloudtest"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// TestGcloudAmongRaces: the real gcloud edits a service while something is tried, between the
// two calls of the release that follows: what it sets stays, and the release goes on.
func TestGcloudAmongRaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	g := gcloudtest.New(t, w.server, project, "")
	r := &race{w: w, images: map[string]string{"zero": w.pushed(t, "zero"), "b": w.pushed(t, "b")}, service: "hello"}
	r.first(t)
	target, me := targetWorld{w, kindOf("cloud-run")}.client(t, byTurns)
	if _, err := target.Try(t.Context(), r.spec("b"), r.images["b"], byRun(2), nil); err != nil {
		t.Fatal(err)
	}

	reached, let := make(chan struct{}), make(chan struct{})
	var once sync.Once
	w.server.Disturb(func(c emulator.Call) fault.Trouble {
		if agent(c) == me && path.Base(c.Path) == "UpdateService" {
			once.Do(func() { close(reached); <-let })
		}
		return fault.None
	})
	var end release.Released
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		end, err = target.Deploy(t.Context(), r.spec("b"), r.images["b"], byRun(2), nil)
	}()
	<-reached
	g.Run(t, "run", "services", "update", r.service, "--region="+region, "--update-env-vars=BY_HAND=1", "--update-labels=team=x", "--timeout=123")
	close(let)
	if <-done; err != nil || end.Percent != 100 {
		t.Errorf("%+v, %v", end, err)
	}
	r.noFieldIsLost(t)
	r.nothingIsLeft(t, byRun(2))
}
