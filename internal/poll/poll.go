// Package poll waits for a condition that only asking again can tell. It knows
// nothing of what is asked: the caller gives a question, the pauses between two
// askings as a value, and a clock. Everything that waits for Google (builds,
// operations, revisions) or for a local server waits here, so that tests wait
// for nothing.
package poll

import (
	"context"
	"time"
)

// Backoff says how long to pause between two askings: Initial at first, then
// Factor times as long after every asking, up to Max. A Factor below 1 counts
// as 1, a zero Max as no limit. The zero value asks again at once.
type Backoff struct {
	Initial, Max time.Duration
	Factor       float64
}

// Pause is the pause after the n-th asking, counted from 0.
func (b Backoff) Pause(n int) time.Duration {
	d := b.limit(b.Initial)
	for range n {
		next := b.next(d)
		if next == d {
			break
		}
		d = next
	}
	return d
}

// next is the pause that follows a pause of d.
func (b Backoff) next(d time.Duration) time.Duration {
	if b.Factor <= 1 {
		return d
	}
	longer := float64(d) * b.Factor
	if b.Max > 0 && longer > float64(b.Max) {
		return b.Max
	}
	if longer > float64(1<<62) {
		return d
	}
	return time.Duration(longer)
}

func (b Backoff) limit(d time.Duration) time.Duration {
	if b.Max > 0 && d > b.Max {
		return b.Max
	}
	return max(d, 0)
}

// Until calls ask, at once and then after every pause, until it says done or
// fails; ask's error is returned as it is. When ctx ends, while waiting or
// before an asking, its cause is returned, so that the caller learns which
// limit it was. A nil clock is the system's.
func Until(ctx context.Context, clock Clock, b Backoff, ask func(context.Context) (done bool, err error)) error {
	if clock == nil {
		clock = System
	}
	pause := b.limit(b.Initial)
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		done, err := ask(ctx)
		if done || err != nil {
			return err
		}
		if pause > 0 {
			if err := Sleep(ctx, clock, pause); err != nil {
				return err
			}
		}
		pause = b.next(pause)
	}
}

// Sleep waits for d or for the end of ctx, whose cause it then returns.
func Sleep(ctx context.Context, clock Clock, d time.Duration) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-clock.After(d):
		return nil
	}
}
