package e2e

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// TestTargetIsCut: a run on a target is killed at each of its calls, before it or when it
// is done. What served goes on serving, and the next run, of the same source or of another,
// comes to the same end as if nobody had been killed. With -v it prints each.
func TestTargetIsCut(t *testing.T) {
	t.Parallel()
	eachAct(t, func(t *testing.T, w targetWorld, a act, s func(int) stage) {
		var l table
		l.log(t)
		for at, killed := 1, true; killed; at++ {
			for _, after := range []bool{false, true} {
				if !whole() && !a.try && after != (at%2 == 0) {
					continue
				}
				on := s(at)
				point := ""
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
					if point = fmt.Sprint("before ", n.all[at-1]); after {
						point = fmt.Sprint("after ", n.all[at-1])
						return fault.Lost
					}
					return fault.Reset
				})
				err := a.do(ctx, target, on, byRun(10))
				cancel()
				w.wire.disturb(nil)
				if !killed {
					point = "not at all"
					if err != nil {
						t.Errorf("nobody kills it, and it ends with %v", err)
					}
				}
				then := w.stillServes(t, a, on)
				next := "the same"
				if after && !a.back {
					next, on.third = "another", "four"
				}
				l.add("killed %-40s %-16s then %s: %s", point, then, next, w.comesTo(t, a, on))
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

// client is a target that is dialled by somebody of its own.
func (w targetWorld) client(t *testing.T, more ...func(*gcp.Config)) (target release.Target, me string) {
	t.Helper()
	me, tune := w.wire.client()
	c := gcp.FromEnvironment(w.lookup)
	tune(&c)
	for _, f := range more {
		f(&c)
	}
	a := gcp.New(c)
	t.Cleanup(func() { _ = a.Close() })
	return w.dial(a), me
}

// stillServes is that whatever has traffic after a kill has come up, and is nothing that was
// only tried.
func (w targetWorld) stillServes(t *testing.T, a act, s stage) (what string) {
	t.Helper()
	all, err := w.dial(w.access).Revisions(t.Context(), s.Spec)
	if err != nil {
		t.Fatal(err)
	}
	n := slices.IndexFunc(all, func(r release.Revision) bool { return r.Percent == 100 })
	if n < 0 || !all[n].Ready || all[n].Stopped {
		t.Errorf("nothing serves: %+v", all)
		return "nothing serves,"
	}
	if what = s.text(all[n].Image); what != "two" && (what != s.wants(a) || !a.back && !s.releases.Load()) {
		t.Errorf("%q serves after a kill: %+v", what, all)
	}
	return what + " serves,"
}

// comesTo is that the next run comes to where an undisturbed one does, leaves nothing to do,
// and nothing of who was there before.
func (w targetWorld) comesTo(t *testing.T, a act, s stage) (end string) {
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
	n := slices.IndexFunc(all, func(r release.Revision) bool { return r.Percent == 100 })
	if n < 0 || all[n].Image != s.images[s.wants(a)] || !all[n].Ready || all[n].Stopped {
		t.Fatalf("%s does not serve: %+v", s.wants(a), all)
	}
	st, _, err := target.State(t.Context(), s.Spec)
	if err != nil || !st.Ready || st.Held || len(st.Traffic) != 1 || st.Traffic[0].Tag != "" || st.Pinned != a.back {
		t.Errorf("something is left: %+v, %v", st, err)
	}
	now, wanted, err := target.Observe(t.Context(), s.Spec)
	if err != nil || !a.back && !wanted(digestOf(s.images[s.third])) {
		t.Errorf("there is something left to do: %+v, %v", now, err)
	}
	return fmt.Sprintf("%s serves %d %%, held %v, pinned %v", s.text(all[n].Image), all[n].Percent, st.Held, st.Pinned)
}
