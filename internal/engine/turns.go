package engine

import (
	"context"
	"sync"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// Turns has runs of one process that miss the same wheels submit their builds one after
// the other: who comes second then finds the first one's build, and waits for it, where else
// both would submit one, and one be cancelled. The zero value is ready; of nil each run is on its own.
type Turns struct {
	mu    sync.Mutex
	taken map[string]chan struct{} // by wheels key; closed when the turn is over
}

// take gives a plan that builds wheels its turn, until over is called, for the first time or
// again. waited says that another one had it meanwhile: what it has submitted the plan does
// not know, and it has no turn.
func (t *Turns) take(ctx context.Context, p plan.Plan) (over func(), waited bool, err error) {
	if t == nil || !p.BuildsWheels() {
		return func() {}, false, nil
	}
	key := p.Keys.Wheels.Key
	t.mu.Lock()
	other, taken := t.taken[key]
	if !taken {
		if t.taken == nil {
			t.taken = map[string]chan struct{}{}
		}
		mine := make(chan struct{})
		t.taken[key] = mine
		over = sync.OnceFunc(func() {
			t.mu.Lock()
			delete(t.taken, key)
			t.mu.Unlock()
			close(mine)
		})
	}
	t.mu.Unlock()
	if !taken {
		return over, false, nil
	}
	select {
	case <-other:
		return func() {}, true, nil
	case <-ctx.Done():
		return func() {}, false, context.Cause(ctx)
	}
}
