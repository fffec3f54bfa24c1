package run

import (
	"context"
	"time"
)

// watch forgets the container when it ends by itself.
func (in *instance) watch(b *box) {
	in.srv.spawn(func() {
		<-b.ended
		in.mu.Lock()
		defer in.mu.Unlock()
		if in.box == b {
			in.box = nil
		}
	})
}

// retire takes the container out of service: its requests may end within
// drain, then it is stopped. Requests do not start it again.
func (in *instance) retire(drain time.Duration) {
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
		in.srv.work.Go(func() { in.stop(b, drain) })
	}
}

// stop ends a container that is out of service, and returns when it is gone.
func (in *instance) stop(b *box, drain time.Duration) {
	if b.idle != nil && drain > 0 {
		t := time.NewTimer(drain)
		defer t.Stop()
		select {
		case <-b.idle:
		case <-t.C:
		case <-b.ended:
		case <-in.srv.ctx.Done():
		}
	}
	grace := 10 * time.Second // as Cloud Run gives
	if in.srv.ctx.Err() != nil {
		grace = time.Second // the emulator itself is going down
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(in.srv.ctx), grace+20*time.Second)
	defer cancel()
	b.stopped.Store(true)
	if err := in.srv.cfg.Docker.Stop(ctx, b.id, grace); err != nil {
		in.srv.cfg.Log.Warn("stopping a container", "revision", in.rev.id(), "error", err)
		return
	}
	select {
	case <-b.gone:
	case <-ctx.Done():
	}
	b.transport.CloseIdleConnections()
}
