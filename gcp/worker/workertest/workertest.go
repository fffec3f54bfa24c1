// Package workertest is a scripted worker.Executor for tests: what each step
// does is a function, chosen by the step's id or image, and every call is
// recorded. No Docker is involved.
package workertest

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
)

// Func is what a step does; its results are those of worker.Executor.
type Func func(ctx context.Context, r worker.StepRequest) (exit int, err error)

// Executor runs scripted steps. It is safe for concurrent use.
type Executor struct {
	mu    sync.Mutex
	funcs map[string]Func
	calls []Call
}

var _ worker.Executor = (*Executor)(nil)

// Call is one step as it was started.
type Call struct {
	Build, ID, Name string
	Index           int // -1 for the push of an image
	Args, Env       []string
	Workspace       string
}

// New takes functions by step id, by image name, or "*" for all others; a step
// without a function ends with 0 at once.
func New(funcs map[string]Func) *Executor {
	e := &Executor{funcs: map[string]Func{}}
	for k, f := range funcs {
		e.funcs[k] = f
	}
	return e
}

// On sets the function of a step id, an image name or "*".
func (e *Executor) On(name string, f Func) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.funcs[name] = f
}

// Step records the call and runs its function.
func (e *Executor) Step(ctx context.Context, r worker.StepRequest) (int, error) {
	e.mu.Lock()
	e.calls = append(e.calls, Call{r.Build, r.Step.Id, r.Step.Name, r.Index, slices.Clone(r.Step.Args), slices.Clone(r.Env), r.Options.Workspace})
	var f Func
	for _, k := range []string{r.Step.Id, r.Step.Name, "*"} {
		if f == nil && k != "" {
			f = e.funcs[k]
		}
	}
	e.mu.Unlock()
	if f == nil {
		return 0, nil
	}
	return f(ctx, r)
}

// Calls are the steps started so far, in order.
func (e *Executor) Calls() []Call {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.calls)
}

// Started are the ids of Calls.
func (e *Executor) Started() (ids []string) {
	for _, c := range e.Calls() {
		ids = append(ids, c.ID)
	}
	return ids
}

// Exit ends with a code.
func Exit(code int) Func {
	return func(context.Context, worker.StepRequest) (int, error) { return code, nil }
}

// Print writes text to the log and ends with a code.
func Print(text string, code int) Func {
	return func(_ context.Context, r worker.StepRequest) (int, error) {
		_, err := io.WriteString(r.Stdout, text)
		return code, err
	}
}

// Output writes data to $BUILDER_OUTPUT/output.
func Output(data string) Func {
	return func(_ context.Context, r worker.StepRequest) (int, error) {
		return 0, os.WriteFile(filepath.Join(r.Outputs, "output"), []byte(data), 0o644)
	}
}

// Hang runs until the step is stopped.
func Hang(ctx context.Context, _ worker.StepRequest) (int, error) {
	<-ctx.Done()
	return 0, context.Cause(ctx)
}

// Block closes started (if not nil) when it runs, and ends when release is
// closed or the step is stopped.
func Block(started chan<- struct{}, release <-chan struct{}) Func {
	return func(ctx context.Context, _ worker.StepRequest) (int, error) {
		if started != nil {
			close(started)
		}
		select {
		case <-release:
			return 0, nil
		case <-ctx.Done():
			return 0, fmt.Errorf("stopped: %w", context.Cause(ctx))
		}
	}
}
