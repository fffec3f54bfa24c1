package poll

import (
	"sync"
	"time"
)

// Clock is the time as the waiting code sees it.
type Clock interface {
	Now() time.Time
	// After gives the time once, when d has passed.
	After(d time.Duration) <-chan time.Time
}

// System is the machine's clock.
var System Clock = system{}

type system struct{}

func (system) Now() time.Time                         { return time.Now() }
func (system) After(d time.Duration) <-chan time.Time { return time.After(d) }

// Jumping is a clock for tests in which no time passes: every wait ends at
// once and moves the clock on by what was asked for. Safe for concurrent use.
type Jumping struct {
	mu    sync.Mutex
	now   time.Time
	waits []time.Duration
}

var _ Clock = (*Jumping)(nil)

// NewJumping makes a test clock that shows start.
func NewJumping(start time.Time) *Jumping { return &Jumping{now: start} }

// Now is the start plus every wait so far.
func (c *Jumping) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// After moves the clock by d; the channel holds the new time already.
func (c *Jumping) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.waits = append(c.waits, d)
	passed := make(chan time.Time, 1)
	passed <- c.now
	return passed
}

// Waits are the waits asked for, in order.
func (c *Jumping) Waits() []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]time.Duration(nil), c.waits...)
}
