package container

import (
	"context"
	"time"
)

// watch forgets the container when it ends by itself.
func (in *Instance) watch(b *Box) {
	in.Host.Go(func() {
		<-b.ended
		in.forget(b)
	})
}

// forget takes a container that has ended, or is to, out of service: the next request
// starts another. It says whether it was in service.
func (in *Instance) forget(b *Box) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.box != b {
		return false
	}
	in.box = nil
	return true
}

// Retire takes the container out of service: its requests may end within
// drain, then it is stopped. Requests do not start it again.
func (in *Instance) Retire(drain time.Duration) {
	in.mu.Lock()
	in.wanted = false
	if in.starting != nil {
		in.starting.cancel()
	}
	b := in.box
	in.box = nil
	if b != nil {
		b.idle = make(chan struct{})
		if b.inflight == 0 {
			close(b.idle)
		}
	}
	in.mu.Unlock()
	if b != nil {
		in.Host.Go(func() { in.stop(b, drain) })
	}
}

// stop ends a container that is out of service, and returns when it is gone.
func (in *Instance) stop(b *Box, drain time.Duration) {
	h, t := in.Host, in.Maker.Terms()
	if b.idle != nil && drain > 0 {
		timer := time.NewTimer(drain)
		defer timer.Stop()
		select {
		case <-b.idle:
		case <-timer.C:
		case <-b.ended:
		case <-h.ctx.Done():
		}
	}
	grace := t.Grace
	if h.ctx.Err() != nil {
		grace = time.Second // the emulator itself is going down
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(h.ctx), grace+20*time.Second)
	defer cancel()
	for _, other := range append([]*Box{b}, b.beside...) {
		other.stopped.Store(true)
	}
	defer context.AfterFunc(h.ctx, func() { // it goes down meanwhile: the rest of the grace is not waited for
		if grace > time.Second {
			_ = h.Docker.Stop(ctx, b.id, time.Second)
		}
	})()
	for _, other := range b.beside {
		h.Go(func() { _ = h.Docker.Stop(ctx, other.id, grace) }) // told by who waits for all
	}
	if err := h.Docker.Stop(ctx, b.id, grace); err != nil {
		h.Log.Warn("stopping a container", "revision", t.Name, "error", err)
		return
	}
	select {
	case <-b.gone:
	case <-ctx.Done():
	}
	b.transport.CloseIdleConnections()
}
