package cloudbuild

import (
	"context"
	"sync"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
)

// Faults makes the emulator misbehave for tests. Operations are the RPCs by
// name, and "CreateBuild.reply": the build is made, then the call fails.
type Faults struct {
	fault.Set
	mu    sync.Mutex
	holds map[string]*Hold
}

// FailNext makes the next call of a method fail with a code.
func (f *Faults) FailNext(method string, code codes.Code) { f.Fail(method, 1, code) }

// Hold stops builds before a step.
type Hold struct {
	Reached <-chan string // the id of each build that got there
	reached chan string
	release chan struct{}
	once    sync.Once
}

// Release lets the builds go on that are held, and those to come.
func (h *Hold) Release() { h.once.Do(func() { close(h.release) }) }

// HoldBefore stops every build before its step of that id (or image, where it
// has no id) until Release. A held build can be cancelled.
func (f *Faults) HoldBefore(step string) *Hold {
	reached := make(chan string, 100)
	h := &Hold{Reached: reached, reached: reached, release: make(chan struct{})}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.holds == nil {
		f.holds = map[string]*Hold{}
	}
	f.holds[step] = h
	return h
}

func (f *Faults) hold(ctx context.Context, build, step string) error {
	f.mu.Lock()
	h := f.holds[step]
	f.mu.Unlock()
	if h == nil {
		return nil
	}
	select {
	case h.reached <- build:
	case <-h.release:
	case <-ctx.Done():
	}
	select {
	case <-h.release:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// holding is an executor that stops before steps when asked to.
type holding struct {
	next   worker.Executor
	faults *Faults
}

var _ worker.Executor = holding{}

func (h holding) Step(ctx context.Context, r worker.StepRequest) (int, error) {
	if err := h.faults.hold(ctx, r.Build, r.ID()); err != nil {
		return 0, err
	}
	return h.next.Step(ctx, r)
}
