package cloudbuild

import (
	"context"
	"sync"
	"sync/atomic"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
)

// Faults makes the emulator misbehave for tests. Operations are the RPCs by
// name, and "CreateBuild.reply": the build is made, then the call fails.
type Faults struct {
	fault.Set
	oldLogs    atomic.Bool
	mu         sync.Mutex
	holds      map[string]*Hold
	restricted map[string]bool // regions
}

// OldLogs makes logs go where they went by default before 2026-11-11: to a bucket
// of Google's own, which is in no region, and which predefined roles cannot read.
func (f *Faults) OldLogs() { f.oldLogs.Store(true) }

// Restrict refuses builds in some regions, as in a project that may only build in
// others.
func (f *Faults) Restrict(regions ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.restricted = map[string]bool{}
	for _, r := range regions {
		f.restricted[r] = true
	}
}

// quota is the refusal of a restricted region
// (cloud.google.com/build/docs/locations#restricted_regions_for_some_projects).
func (f *Faults) quota(region string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.restricted[region] {
		return nil
	}
	return status.Error(codes.FailedPrecondition, "failed precondition: due to quota restrictions, cannot run builds in this region. "+
		"Please see https://cloud.google.com/build/docs/locations#restricted_regions_for_some_projects to use a supported region.")
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
