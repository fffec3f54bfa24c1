package e2e

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
)

// patient is how long a call may take where calls stall, of clients and steps: a
// stall costs that once. Elsewhere it is as long as for users.
const patient = 5 * time.Second

// wire is what a test does to the calls of clients and steps.
type wire struct {
	mu    sync.Mutex
	made  int                               // clients
	limit time.Duration                     // how long a call may take; 0 = as for users
	dead  map[string]bool                   // clients that make no calls any more
	fault func(emulator.Call) fault.Trouble // nil: nothing
}

// client names one more client, and tunes its calls.
func (w *wire) client() (agent string, tune func(*gcp.Config)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.made++
	agent = fmt.Sprint("client-", w.made)
	limit := w.limit
	return agent, func(c *gcp.Config) { c.UserAgent, c.Attempt = agent, limit }
}

// hurry has clients and steps from now on wait less long for a call's answer.
func (w *wire) hurry(limit time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.limit = limit
}

func (w *wire) patience() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.limit
}

// disturb has f say what goes wrong with calls from now on.
func (w *wire) disturb(f func(emulator.Call) fault.Trouble) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault = f
}

func (w *wire) trouble(c emulator.Call) fault.Trouble {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.dead[agent(c)]:
		return fault.Reset
	case w.fault == nil || !ours(c):
		return fault.None
	}
	trouble := w.fault(c)
	if trouble == fault.Expired && strings.HasPrefix(c.Path, "/v2/") {
		return fault.None // there it begins the handshake
	}
	return trouble
}

// agent is the client that makes a call; its libraries add their own names.
func agent(c emulator.Call) string {
	name, _, _ := strings.Cut(c.Agent, " ")
	return name
}

// ours says whether a call is a client's or a step's of this program: Docker has
// retries of its own.
func ours(c emulator.Call) bool {
	return strings.HasPrefix(c.Agent, "client-") || strings.HasPrefix(c.Agent, "gcpdeploy")
}

// kill is SIGKILL for a client in this process: it makes no call any more, not
// even those that tidy up.
func (w *world) kill(u *up) {
	w.wire.mu.Lock()
	defer w.wire.mu.Unlock()
	w.wire.bury(u.agent)
	u.cancel()
}

func (w *wire) bury(agent string) {
	if w.dead == nil {
		w.dead = map[string]bool{}
	}
	w.dead[agent] = true
}

var ids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}|\b[0-9]{12}\b`)

// point is one call of a run: the n-th of its kind.
type point struct {
	by, name string // "client" or "step"; the method and path, without what is made up
	n        int
}

func (p point) String() string {
	name := p.name[strings.LastIndexByte(p.name[:len(p.name)-1], '/')+1:]
	if !strings.HasPrefix(p.name, "POST /google.") {
		name = p.name
	}
	return fmt.Sprintf("%s %s %d", p.by, name, p.n)
}

// counter numbers calls as they come.
type counter struct {
	seen map[point]int
	all  []point
}

func (c *counter) next(call emulator.Call) point {
	p := point{by: "step", name: call.Method + " " + ids.ReplaceAllString(call.Path, "*")}
	if strings.HasPrefix(call.Agent, "client-") {
		p.by = "client"
	}
	if c.seen == nil {
		c.seen = map[point]int{}
	}
	c.seen[p]++
	p.n = c.seen[p]
	if p.n == 1 || !polls(call.Path) {
		c.all = append(c.all, p)
	}
	return p
}

// points are the calls of a run in which nothing goes wrong.
func (c course) points(t *testing.T) []point {
	t.Helper()
	w := newWorld(t, false)
	c.ready(t, w)
	var n counter
	w.wire.disturb(func(call emulator.Call) fault.Trouble {
		n.next(call)
		return fault.None
	})
	c.run(t.Context(), w).wait(t, 0)
	w.wire.disturb(nil)
	return n.all
}

// dying starts a client that is killed at a point: before the call, or when the
// service has done it, and gives it once it is dead or has come to an end.
func (c course) dying(ctx context.Context, w *world, at point, after bool) (u *up, killed bool) {
	var n counter
	gone := make(chan struct{})
	w.wire.disturb(func(call emulator.Call) fault.Trouble {
		if n.next(call) != at || killed {
			return fault.None
		}
		killed = true
		w.wire.bury(agent(call))
		close(gone)
		if after {
			return fault.Lost
		}
		return fault.Reset
	})
	u = c.run(ctx, w)
	select {
	case <-gone:
		u.cancel()
	case <-u.done:
	}
	w.wire.disturb(nil)
	return u, killed
}
