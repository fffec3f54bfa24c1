package e2e

import (
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

// survives runs up while calls go wrong: it ends well, or with one error that
// says what to do, and a rerun ends well.
func survives(t *testing.T, w *world, stalls bool, f func(emulator.Call) fault.Trouble) (end string) {
	t.Helper()
	if stalls {
		w.wire.hurry(patient)
	}
	w.wire.disturb(f)
	u := w.run(t.Context(), w.app)
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
	w.run(t.Context(), w.app).wait(t, 0)
	w.settled(t, "one")
	return end
}

// TestEachCallFailsOnce: whatever goes wrong with every call of a run the first
// time that it is made, the run ends well by itself. Stalls take their time, so that
// every fifth call is one, unless the whole walk is asked for.
func TestEachCallFailsOnce(t *testing.T) {
	t.Parallel()
	var l table
	l.log(t)
	for _, trouble := range fault.Troubles() {
		t.Run(trouble.String(), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, false)
			var c counter
			failed := 0
			end := survives(t, w, trouble == fault.Stalled, func(call emulator.Call) fault.Trouble {
				if c.next(call).n > 1 || trouble == fault.Stalled && !whole() && len(c.all)%5 != 0 {
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
	var l table
	l.log(t)
	for i, at := range points(t) {
		for j, trouble := range fault.Troubles() {
			if !whole() && (testing.Short() || (i*7+j)%20 != 0) {
				continue
			}
			t.Run(fmt.Sprint(trouble, " ", at), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, false)
				var c counter
				end := survives(t, w, trouble == fault.Stalled, func(call emulator.Call) fault.Trouble {
					if c.next(call) != at {
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
	var l table
	l.log(t)
	for i, at := range points(t) {
		if at.by != "client" {
			continue
		}
		for j, after := range []bool{false, true} {
			if !whole() && (testing.Short() || (i+j)%5 != 0) {
				continue
			}
			when := map[bool]string{false: "before", true: "after"}[after]
			t.Run(fmt.Sprint(when, " ", at), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, false)
				_, killed := w.dying(t.Context(), at, after)
				w.run(t.Context(), w.app).wait(t, 0)
				w.settled(t, "one")
				l.add("killed %v %-6s %-60s end state is the same", killed, when, at)
			})
		}
	}
}
