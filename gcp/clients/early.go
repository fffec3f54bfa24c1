package clients

import (
	"context"
	"log/slog"
	"sync"
)

// early is a log that keeps its messages until they are asked for: what the
// emulators find damaged as they start is told to who started them.
type early struct {
	slog.Handler
	mu       sync.Mutex
	asked    bool
	messages []string
}

// Handle implements slog.Handler.
func (e *early) Handle(ctx context.Context, r slog.Record) error {
	e.mu.Lock()
	if !e.asked {
		e.messages = append(e.messages, r.Message)
	}
	e.mu.Unlock()
	return e.Handler.Handle(ctx, r)
}

// told gives the messages, and keeps none after it.
func (e *early) told() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = true
	return e.messages
}
