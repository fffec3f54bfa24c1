package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/cmd"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// output is what a client prints, safe to look at while it runs.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// result is the last line of up --json.
type result struct {
	Type, Status, URL, Revision, Image, Build string
	Error                                     struct{ Kind, Message, Hint string }
}

// up is one run of the client, in this process or in one that can be killed.
type up struct {
	out     output
	done    chan struct{}
	exit    int
	process *exec.Cmd
	agent   string // by which its calls are known, in this process
	cancel  context.CancelFunc
}

func args(app string, more ...string) []string {
	return append([]string{"gcpdeploy", "up", "--json", "--source", app}, more...)
}

// run starts a client in this process.
func (w *world) run(ctx context.Context, app string, more ...string) *up {
	return w.command(ctx, args(app, more...))
}

// command is run for any command.
func (w *world) command(ctx context.Context, args []string) *up {
	return w.commandIn(ctx, w.lookup, args)
}

// commandIn is command in an environment that is not the owner's.
func (w *world) commandIn(ctx context.Context, lookup func(string) (string, bool), args []string) *up {
	return w.commandOf(ctx, deps(lookup, w.dir), args)
}

// commandOf is command in surroundings of one's own.
func (w *world) commandOf(ctx context.Context, d cmd.Deps, args []string) *up {
	u := &up{done: make(chan struct{})}
	ctx, u.cancel = context.WithCancel(ctx)
	u.agent, d.Tune = w.wire.client()
	go func() {
		defer close(u.done)
		defer u.cancel()
		s := ui.Streams{In: strings.NewReader(""), Out: &u.out, Err: &u.out, Width: func() int { return 80 }}
		u.exit = cmd.Main(ctx, s, d, args)
	}()
	return u
}

// spawn starts a client as a process.
func (w *world) spawn(t *testing.T) *up {
	t.Helper()
	u := &up{done: make(chan struct{})}
	u.process = exec.Command(os.Args[0], args(w.app)[1:]...)
	u.process.Env = append(w.env(), role+"=client", "HOME="+w.dir)
	u.process.Stdout, u.process.Stderr = &u.out, &u.out
	if err := u.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(u.done)
		_ = u.process.Wait()
		u.exit = u.process.ProcessState.ExitCode()
	}()
	t.Cleanup(func() { _ = u.process.Process.Kill(); <-u.done })
	return u
}

// wait gives the result, and fails the test when it did not end so.
func (u *up) wait(t *testing.T, exit int) result {
	t.Helper()
	<-u.done
	if u.exit != exit {
		t.Fatalf("up ended with %d, want %d; it printed:\n%s", u.exit, exit, u.out.String())
	}
	var r result
	lines := strings.Split(strings.TrimSpace(u.out.String()), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &r); err != nil {
		t.Fatalf("%v in %q", err, lines)
	}
	return r
}

// says waits until a client has printed text.
func (u *up) says(t *testing.T, text string) {
	t.Helper()
	until(t, "the client says "+text, func() bool {
		select {
		case <-u.done:
			if !strings.Contains(u.out.String(), text) {
				t.Fatalf("up ended without %q:\n%s", text, u.out.String())
			}
		default:
		}
		return strings.Contains(u.out.String(), text)
	})
}

// until waits for what another process does, as long as the runner
// lets it.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	err := poll.Until(t.Context(), poll.System, poll.Backoff{Initial: 2 * time.Millisecond, Max: 20 * time.Millisecond, Factor: 1.5},
		func(context.Context) (bool, error) { return ok(), nil })
	if err != nil {
		t.Fatal(err)
	}
}
