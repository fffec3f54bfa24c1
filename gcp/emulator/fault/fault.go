// Package fault holds the fault knobs that the emulators share: tests ask for an
// operation to fail, to be slow or to lose its connection, and the emulator asks
// here before it answers. It knows no operation's name or meaning.
package fault

import (
	"context"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Set is the faults that are asked for. The zero value has none. It is safe for
// concurrent use.
type Set struct {
	mu    sync.Mutex
	fails map[string]*failure
	drops map[string]*drop
	slow  map[string]time.Duration
}

type failure struct {
	left int
	code codes.Code
}

type drop struct {
	left  int
	after int64
}

// Fail makes the next n calls of op fail with code.
func (s *Set) Fail(op string, n int, code codes.Code) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails == nil {
		s.fails = map[string]*failure{}
	}
	s.fails[op] = &failure{n, code}
}

// Slow makes every call of op wait d first; zero ends it.
func (s *Set) Slow(op string, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.slow == nil {
		s.slow = map[string]time.Duration{}
	}
	s.slow[op] = d
}

// Drop makes the next n calls of op lose their connection after that many bytes
// of the request's body (0: before the first).
func (s *Set) Drop(op string, n int, after int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drops == nil {
		s.drops = map[string]*drop{}
	}
	s.drops[op] = &drop{n, after}
}

// Take consumes op's next fault: it waits if op is slow, then gives the status
// error to fail with, or nil.
func (s *Set) Take(ctx context.Context, op string) error {
	s.mu.Lock()
	wait := s.slow[op]
	var err error
	if f := s.fails[op]; f != nil && f.left > 0 {
		f.left--
		err = status.Errorf(f.code, "fault: %s fails as asked", op)
	}
	s.mu.Unlock()
	if wait > 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		select {
		case <-ctx.Done():
			return status.FromContextError(ctx.Err()).Err()
		case <-t.C:
		}
	}
	return err
}

// TakeDrop consumes op's next drop: after how many bytes, and whether at all.
func (s *Set) TakeDrop(op string) (after int64, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.drops[op]
	if d == nil || d.left == 0 {
		return 0, false
	}
	d.left--
	return d.after, true
}
