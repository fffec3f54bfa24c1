package e2e

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
)

// whole says that every point is tried, not a sample: `make faults`.
func whole() bool { return os.Getenv("GCPDEPLOY_E2E_WHOLE") != "" }

// table is what was tried and what came of it, for the test's log.
type table struct {
	mu    sync.Mutex
	lines []string
}

func (l *table) add(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, fmt.Sprintf(format, args...))
}

func (l *table) log(t *testing.T) {
	t.Cleanup(func() { t.Logf("%d points:\n%s", len(l.lines), strings.Join(l.lines, "\n")) })
}

// course is a run that is walked with faults.
type course struct {
	ready   func(*testing.T, *world)              // what was before it
	run     func(context.Context, *world) *up     // begins it
	settled func(t *testing.T, w *world, end int) // runs it again, and looks at what came of all; end is how the first ended
}

// deploys is a first up.
var deploys = course{
	ready: func(*testing.T, *world) {},
	run:   func(ctx context.Context, w *world) *up { return w.run(ctx, w.app) },
	settled: func(t *testing.T, w *world, _ int) {
		t.Helper()
		w.run(t.Context(), w.app).wait(t, 0)
		w.settled(t, "one")
	},
}

// survives runs a course while calls go wrong: it ends well, or with one error that
// says what to do, and a rerun ends well.
func (c course) survives(t *testing.T, w *world, stalls bool, f func(emulator.Call) fault.Trouble) (end string) {
	t.Helper()
	c.ready(t, w)
	if stalls {
		w.wire.hurry(patient)
	}
	w.wire.disturb(f)
	u := c.run(t.Context(), w)
	<-u.done
	w.wire.disturb(nil)
	end = "well"
	if u.exit != 0 {
		r := u.wait(t, u.exit)
		if u.exit != 75 || r.Error.Hint == "" || strings.Count(u.out.String(), `"type":"error"`) != 1 {
			t.Errorf("it ended with %d and\n%s", u.exit, u.out.String())
		}
		end = "trying again helps: " + r.Error.Message
	}
	c.settled(t, w, u.exit)
	return end
}

// TestEachCallFailsOnce: whatever goes wrong with every call of a run the first
// time that it is made, the run ends well by itself. Stalls take their time, so that
// every fifth call is one, unless the whole walk is asked for.
func TestEachCallFailsOnce(t *testing.T) {
	t.Parallel()
	deploys.eachFailsOnce(t)
}

func (c course) eachFailsOnce(t *testing.T) {
	var l table
	l.log(t)
	for _, trouble := range fault.Troubles() {
		t.Run(trouble.String(), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, false)
			var n counter
			failed := 0
			end := c.survives(t, w, trouble == fault.Stalled, func(call emulator.Call) fault.Trouble {
				if n.next(call).n > 1 || trouble == fault.Stalled && !whole() && len(n.all)%5 != 0 {
					return fault.None
				}
				failed++
				return trouble
			})
			if end != "well" {
				t.Error(end)
			}
			l.add("%-12s %d calls once: %s", trouble, failed, end)
		})
	}
}

// TestEachCallFails: one call of a run goes wrong. A sample, unless the whole walk
// is asked for.
func TestEachCallFails(t *testing.T) {
	t.Parallel()
	deploys.eachFails(t, 45)
}

// eachFails tries one of so many points.
func (c course) eachFails(t *testing.T, sample int) {
	var l table
	l.log(t)
	for i, at := range c.points(t) {
		for j, trouble := range fault.Troubles() {
			if !whole() && (testing.Short() || (i*7+j)%sample != 0) {
				continue
			}
			t.Run(fmt.Sprint(trouble, " ", at), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, false)
				var n counter
				end := c.survives(t, w, trouble == fault.Stalled, func(call emulator.Call) fault.Trouble {
					if n.next(call) != at {
						return fault.None
					}
					return trouble
				})
				l.add("%-12s %-60s %s", trouble, at, end)
			})
		}
	}
}

// TestKillAtEachCall: a client that is killed before or after any of its calls
// leaves nothing that the next run does not mend.
func TestKillAtEachCall(t *testing.T) {
	t.Parallel()
	deploys.killAtEach(t, 9)
}

// killAtEach tries one of so many points.
func (c course) killAtEach(t *testing.T, sample int) {
	var l table
	l.log(t)
	for i, at := range c.points(t) {
		if at.by != "client" {
			continue
		}
		for j, after := range []bool{false, true} {
			if !whole() && (testing.Short() || (i+j)%sample != 0) {
				continue
			}
			when := map[bool]string{false: "before", true: "after"}[after]
			t.Run(fmt.Sprint(when, " ", at), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, false)
				c.ready(t, w)
				_, killed := c.dying(t.Context(), w, at, after)
				c.settled(t, w, -1)
				l.add("killed %v %-6s %-60s end state is the same", killed, when, at)
			})
		}
	}
}
