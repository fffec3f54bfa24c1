package container

import (
	"context"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// Ended is how a container came to its end.
type Ended struct {
	Code      int
	OOMKilled bool
}

// Once runs a container to its end, copies what it writes to a log, and removes it.
// Where ctx ends first it is told to end, and after grace it is killed; the error is
// then the context's cause.
func (h *Host) Once(ctx context.Context, c docker.Container, grace time.Duration, l Log) (Ended, error) {
	if h.Docker == nil {
		return Ended{}, ErrNoDocker
	}
	id, err := h.Docker.Create(ctx, c)
	if err != nil {
		return Ended{}, err
	}
	defer h.Remove(id)
	if err := h.Docker.Start(ctx, id); err != nil {
		return Ended{}, err
	}
	beside := context.WithoutCancel(ctx) // the end of a log is read after a cancel, too
	logged := make(chan error, 1)
	h.Go(func() { logged <- l.copy(beside, h.Docker, id, time.Time{}) })
	defer context.AfterFunc(ctx, func() {
		if h.ctx.Err() != nil {
			grace = min(grace, time.Second) // the emulator itself is going down
		}
		if err := h.Docker.Stop(beside, id, grace); err != nil {
			h.Log.Warn("stopping a container", "id", id, "error", err)
		}
	})()
	code, err := h.Docker.Wait(beside, id)
	if err != nil {
		return Ended{}, err
	}
	if err := <-logged; err != nil {
		h.Log.Warn("copying a log", "id", id, "error", err)
	}
	end := Ended{Code: code}
	if state, err := h.Docker.Inspect(beside, id); err == nil {
		end.OOMKilled = state.OOMKilled
	}
	return end, context.Cause(ctx)
}
