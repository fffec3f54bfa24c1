package local

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Serve is the daemon's own side: it takes the folder's lock, calls start, and
// once that has the services answering publishes its status until ctx ends.
// stop ends the services and is called with a context that is still alive.
func (d Daemon) Serve(ctx context.Context, start func(context.Context) (Status, func(context.Context) error, error)) (err error) {
	if err := os.MkdirAll(d.Dir, 0o700); err != nil {
		return fmt.Errorf("making the state folder: %w", err)
	}
	lock := d.lock()
	// A client that asks for the status holds the lock for a moment.
	patience, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if ok, err := lock.TryLockContext(patience, 5*time.Millisecond); !ok {
		return errs.New(errs.Internal, "Run `gcpdeploy local status`.", "a local daemon runs already on %s: %w", d.Dir, err)
	}
	defer lock.Unlock()
	_ = os.Remove(d.statusFile()) // left by a daemon that was killed
	s, stop, err := start(ctx)
	if err != nil {
		return err
	}
	defer func() {
		_ = os.Remove(d.statusFile())
		if serr := stop(context.WithoutCancel(ctx)); err == nil {
			err = serr
		}
	}()
	s.Running, s.Version, s.PID = true, d.Version, os.Getpid()
	if err := atomicfile.WriteJSON(d.statusFile(), s); err != nil {
		return fmt.Errorf("writing the status: %w", err)
	}
	<-ctx.Done()
	return nil
}
