// Package container runs what emulated services are made of: an instance is the one
// container of a revision, started when it is wanted, seen to get ready, and stopped
// when its requests have ended; its output is kept in a file. What a container is made
// of, when it is ready and how a failure is told is the service's to say (Maker).
package container

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// ErrNoDocker is what every start ends with where there is no engine.
var ErrNoDocker = errors.New("there is no Docker to start containers with")

// Host is what all instances of a service share.
type Host struct {
	Docker frame.Containers // nil: nothing can be started
	Pull   Pull
	Now    func() time.Time
	Log    *slog.Logger

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	work   sync.WaitGroup // what goes on beside: starts, copies of logs, stops
}

// Pull is whence images come.
type Pull struct {
	Addr string                           // host:port of the registry beside; "" = none
	Auth func(project string) docker.Auth // for that one; nil, and for others: asked anonymously
	// May says whether the service's account in a project may have an image of that
	// registry, which Docker may have already; nil: it may.
	May func(ctx context.Context, project, image string) error
}

// Open makes a Host ready.
func (h *Host) Open() *Host {
	h.ctx, h.cancel = context.WithCancel(context.Background())
	return h
}

// Context ends when the host is closed.
func (h *Host) Context() context.Context { return h.ctx }

// Go runs f beside; Wait waits for it.
func (h *Host) Go(f func()) { h.work.Go(f) }

// Close ends the context: starts under way are given up.
func (h *Host) Close() { h.cancel() }

// Wait returns when all that goes on beside has ended.
func (h *Host) Wait(ctx context.Context) error {
	done := make(chan struct{})
	go func() { h.work.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Remove removes a container, whatever it does.
func (h *Host) Remove(id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(h.ctx), 30*time.Second)
	defer cancel()
	if err := h.Docker.Remove(ctx, id); err != nil {
		h.Log.Warn("removing a container", "id", id, "error", err)
	}
}

// Purge removes all containers that carry labels.
func (h *Host) Purge(ctx context.Context, labels map[string]string) error {
	if h.Docker == nil {
		return nil
	}
	list, err := h.Docker.List(ctx, labels)
	for _, k := range holdersLast(list) {
		err = cmp.Or(err, h.Docker.Remove(ctx, k.ID))
	}
	return err
}

// RemoveAll removes containers, whatever they do.
func (h *Host) RemoveAll(list []docker.Summary) {
	for _, k := range holdersLast(list) {
		h.Remove(k.ID)
	}
}

// holdersLast puts those last that have what others use: their volumes go with them only
// when nobody uses them.
func holdersLast(list []docker.Summary) []docker.Summary {
	holds := func(k docker.Summary) int { return len(k.Labels[LabelHolds]) }
	return slices.SortedStableFunc(slices.Values(list), func(a, b docker.Summary) int { return holds(a) - holds(b) })
}

// Image makes sure that Docker has an image of a project and gives its ID, with the
// reference that it was looked for by. Errors are of kind NotFound or Auth, where
// they are that.
func (h *Host) Image(ctx context.Context, project, image string) (id, ref string, err error) {
	ref = frame.Image(h.Pull.Addr, project)(image)
	img, have, err := h.Docker.InspectImage(ctx, ref)
	if err != nil {
		return "", ref, err
	}
	host, _, _ := strings.Cut(ref, "/")
	ours := host == h.Pull.Addr
	if ours && h.Pull.May != nil {
		if err := h.Pull.May(ctx, project, strings.TrimPrefix(ref, host+"/")); err != nil {
			return "", ref, errs.New(errs.Auth, "", "%w", err)
		}
	}
	if !have || (ours && !strings.Contains(ref, "@")) { // a tag of ours may have moved
		auth := docker.Auth{}
		if ours && h.Pull.Auth != nil { // our token is for our registry only
			auth = h.Pull.Auth(project)
		}
		if err := h.Docker.Pull(ctx, ref, auth); err != nil && !have {
			return "", ref, err
		}
		if img, have, err = h.Docker.InspectImage(ctx, ref); err != nil || !have {
			return "", ref, errors.Join(err, errors.New("it is not there after the pull"))
		}
	}
	return img.ID, ref, nil
}

// CPUs are so many of them as this machine has; Docker refuses more.
func CPUs(n float64) float64 { return min(n, float64(runtime.NumCPU())) }
