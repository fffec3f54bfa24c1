package lease

import (
	"context"
	"sync"

	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// Held is a lease of this process. It is renewed until Release.
type Held struct {
	Run
	registry Registry
	stop     context.CancelFunc
	stopped  chan struct{} // closed when the last renewal is over
	release  sync.Mutex
	released bool
}

// Take makes a run seen: when it returns, others see the lease. It lives until
// Release, or until this process ends, and not with ctx. A nil clock is the
// system's.
func Take(ctx context.Context, r Registry, l Lease, clock poll.Clock) (*Held, error) {
	l, err := l.complete()
	if err != nil {
		return nil, err
	}
	if clock == nil {
		clock = poll.System
	}
	labels := l.labels()
	first, err := r.PushNote(ctx, image, l.tag(), labels)
	if err != nil {
		return nil, err
	}
	h := &Held{Run: Run{Lease: l}, registry: r, stopped: make(chan struct{})}
	renewing, stop := context.WithCancel(context.WithoutCancel(ctx))
	h.stop = stop
	close(h.stopped) // until there is a renewal to wait for
	h.Created, err = r.Created(ctx, image, first)
	second := ""
	if err == nil {
		labels[firstLabel] = first
		second, err = r.PushNote(ctx, image, "", labels)
	}
	if err != nil {
		_ = h.Release(context.WithoutCancel(ctx)) // else others see by themselves that nobody renews it
		return nil, err
	}
	h.stopped = make(chan struct{})
	go func() {
		defer close(h.stopped)
		h.renew(renewing, clock, [2]string{second, first})
	}()
	return h, nil
}

// renew moves the tag from time to time, to the next image when it is known to be
// on the last one. A renewal that fails is made up for by the next.
func (h *Held) renew(ctx context.Context, clock poll.Clock, images [2]string) {
	for n := 0; poll.Sleep(ctx, clock, Renewal) == nil; {
		// One under way is not cut off: it could come to pass after the release.
		if h.registry.MoveTag(context.WithoutCancel(ctx), image, h.tag(), images[n%2]) == nil {
			n++
		}
	}
}

// Release ends the lease. Others see it at once; where that fails they see it
// after Dead. Called again it does nothing.
func (h *Held) Release(ctx context.Context) error {
	h.release.Lock()
	defer h.release.Unlock()
	if h.released {
		return nil
	}
	h.stop()
	select {
	case <-h.stopped:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	// Who may write tags need not be one who may remove them.
	_, err := h.registry.PushNote(ctx, image, h.tag(), map[string]string{endedLabel: "yes"})
	h.released = err == nil
	return err
}
