// Package testclock is for tests of the emulators in which time passes when the
// test says so.
package testclock

import (
	"slices"
	"sync"
	"time"
)

// Clock stands still until it is set. It may be shared.
type Clock struct {
	mu    sync.Mutex
	now   time.Time
	waits []wait
	asked *sync.Cond // somebody waits anew
}

type wait struct {
	at   time.Time
	tell chan time.Time
}

// New is a clock that shows a time.
func New(now time.Time) *Clock {
	c := &Clock{now: now}
	c.asked = sync.NewCond(&c.mu)
	return c
}

// Now is what it shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// At tells once when it shows a time, or shows it already.
func (c *Clock) At(t time.Time) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	tell := make(chan time.Time, 1)
	if !t.After(c.now) {
		tell <- c.now
		return tell
	}
	c.waits = append(c.waits, wait{t, tell})
	c.asked.Broadcast()
	return tell
}

// Asked returns when somebody waits for a time.
func (c *Clock) Asked(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for !slices.ContainsFunc(c.waits, func(w wait) bool { return w.at.Equal(t) }) {
		c.asked.Wait()
	}
}

// Set has it show a later time.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
	var left []wait
	for _, w := range c.waits {
		if w.at.After(t) {
			left = append(left, w)
			continue
		}
		w.tell <- t
	}
	c.waits = left
}
