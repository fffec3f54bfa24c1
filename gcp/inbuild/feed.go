package inbuild

import (
	"io"
	"sync"
)

// feed is a build's log on its way to who watches it. It holds what nobody has
// taken yet, and the build never waits for who does.
type feed struct {
	mu      sync.Mutex
	pending []byte
	more    chan struct{} // has room for one: there is something to take
}

func newFeed() *feed { return &feed{more: make(chan struct{}, 1)} }

// Write takes a piece of the log.
func (f *feed) Write(b []byte) (int, error) {
	f.mu.Lock()
	f.pending = append(f.pending, b...)
	f.mu.Unlock()
	select {
	case f.more <- struct{}{}:
	default:
	}
	return len(b), nil
}

// pass hands on what nobody has taken. What its reader cannot take is lost to it,
// and to nobody else.
func (f *feed) pass(to io.Writer) {
	f.mu.Lock()
	b := f.pending
	f.pending = nil
	f.mu.Unlock()
	if len(b) > 0 {
		_, _ = to.Write(b)
	}
}
