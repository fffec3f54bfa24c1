package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// act is something that a run does to a service that has released one, and then two.
type act struct {
	name string
	do   func(context.Context, release.Target, stage, release.Run) error
	want string // what serves when it has been done
}

var acts = []act{
	{"a release", func(ctx context.Context, t release.Target, s stage, by release.Run) error {
		r, err := t.Deploy(ctx, s.Spec, s.image("three"), by, nil)
		if err == nil && r.Superseded == "" {
			t.Settle(ctx, s.Spec, r, by, nil)
		}
		return err
	}, "three"},
	{"a rollback", func(ctx context.Context, t release.Target, s stage, by release.Run) error {
		all, err := t.Revisions(ctx, s.Spec)
		if err != nil {
			return err
		}
		to := s.first
		_, err = t.Shift(ctx, s.Spec, release.Split{Shares: []release.Share{{Revision: to, Percent: 100}}, From: release.Parts(all), Run: by}, nil)
		return err
	}, "one"},
}

// stage is a service that two were released to.
type stage struct {
	release.Spec
	image func(text string) string
	first string // revision
}

// TestTargetIsCut: a run on a target is killed at each of its calls, before it or when it
// is done, and the next run comes to the same end.
func TestTargetIsCut(t *testing.T) {
	t.Parallel()
	eachAct(t, func(t *testing.T, w targetWorld, a act, s func(int) stage) {
		var l table
		l.log(t)
		for at, killed := 1, true; killed; at++ {
			for _, after := range []bool{false, true} {
				if !whole() && after != (at%2 == 0) {
					continue
				}
				on := s(at)
				target, me := w.client(t)
				ctx, cancel := context.WithCancel(t.Context())
				var n counter
				killed = false
				w.wire.disturb(func(call emulator.Call) fault.Trouble {
					if killed || agent(call) != me {
						return fault.None
					}
					if n.next(call); len(n.all) < at {
						return fault.None
					}
					killed = true
					w.wire.bury(me)
					cancel()
					l.add("%s %v, after %v", a.name, n.all[at-1], after)
					if after {
						return fault.Lost
					}
					return fault.Reset
				})
				err := a.do(ctx, target, on, byRun(10))
				cancel()
				w.wire.disturb(nil)
				if !killed && err != nil {
					t.Errorf("nobody kills it, and it ends with %v", err)
				}
				w.comesTo(t, a, on)
			}
		}
	})
}

// TestTargetCallsFailOnce: whatever goes wrong with each of the calls the first time that
// it is made, a run on a target ends well.
func TestTargetCallsFailOnce(t *testing.T) {
	t.Parallel()
	eachAct(t, func(t *testing.T, w targetWorld, a act, s func(int) stage) {
		for i, trouble := range fault.Troubles() {
			if trouble == fault.Stalled && !whole() {
				continue // it takes its time
			}
			on := s(i)
			target, me := w.client(t)
			var n counter
			w.wire.disturb(func(call emulator.Call) fault.Trouble {
				if agent(call) != me || n.next(call).n > 1 {
					return fault.None
				}
				return trouble
			})
			if err := a.do(t.Context(), target, on, byRun(10)); err != nil {
				t.Errorf("%v: %v", trouble, err)
			}
			w.wire.disturb(nil)
			w.comesTo(t, a, on)
		}
	})
}

// eachAct runs f for each act on each target. s makes a service of its own for each
// number.
func eachAct(t *testing.T, f func(t *testing.T, w targetWorld, a act, s func(int) stage)) {
	for _, k := range kinds {
		for _, a := range acts {
			t.Run(k.Config.Name+"/"+a.name, func(t *testing.T) {
				t.Parallel()
				w := k.world(t)
				images := map[string]string{}
				for _, text := range []string{"one", "two", "three"} {
					images[text] = w.pushed(t, text)
				}
				spec, target := w.plan(t, w.app).Release, k.dial(w.access)
				made := 0
				f(t, w, a, func(int) stage {
					made++
					s := stage{spec, func(text string) string { return images[text] }, ""}
					s.Service = fmt.Sprint("hello-", made)
					for n, text := range []string{"one", "two"} {
						r, err := target.Deploy(t.Context(), s.Spec, images[text], byRun(n), nil)
						if err != nil {
							t.Fatal(err)
						}
						if target.Settle(t.Context(), s.Spec, r, byRun(n), nil); n == 0 {
							s.first = r.Revision
						}
					}
					return s
				})
			})
		}
	}
}

// byRun is the n-th run.
func byRun(n int) release.Run {
	return release.Run{ID: fmt.Sprintf("%08x-run", n), Started: time.Date(2026, 11, 27, 12, n, 0, 0, time.UTC)}
}

// client is a target that is dialled by somebody of its own.
func (w targetWorld) client(t *testing.T) (target release.Target, me string) {
	t.Helper()
	me, tune := w.wire.client()
	c := gcp.FromEnvironment(w.lookup)
	tune(&c)
	a := gcp.New(c)
	t.Cleanup(func() { _ = a.Close() })
	return w.dial(a), me
}

// comesTo is that the next run of the same comes to where an undisturbed one does, and
// leaves nothing to do.
func (w targetWorld) comesTo(t *testing.T, a act, s stage) {
	t.Helper()
	target := w.dial(w.access)
	err := a.do(t.Context(), target, s, byRun(20))
	for errs.KindOf(err) == errs.Superseded { // the traffic is still moving to where the killed run sent it
		err = a.do(t.Context(), target, s, byRun(20))
	}
	if err != nil {
		t.Fatalf("the next run: %v", err)
	}
	all, err := target.Revisions(t.Context(), s.Spec)
	if err != nil {
		t.Fatal(err)
	}
	if n := slices.IndexFunc(all, func(r release.Revision) bool { return r.Percent == 100 }); n < 0 || all[n].Image != s.image(a.want) || !all[n].Ready || all[n].Stopped {
		t.Errorf("%s does not serve: %+v", a.want, all)
	}
	now, wanted, err := target.Observe(t.Context(), s.Spec)
	if _, digest, _ := strings.Cut(s.image("three"), "@"); err != nil || a.want == "three" && !wanted(digest) {
		t.Errorf("there is something left to do: %+v, %v", now, err)
	}
}
