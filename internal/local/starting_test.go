package local_test

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/local"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// TestStatusOfBefore: a daemon that starts on the folder of one that was killed
// is not taken for it.
func TestStatusOfBefore(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	d := of(t, state, "1")
	if err := os.MkdirAll(d.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, state, "slow", "")
	started := make(chan local.Status, 1)
	go func() {
		s, err := d.Ensure(t.Context())
		if err != nil {
			t.Error(err)
		}
		started <- s
	}()
	locked(t, d)
	// What the daemon removes a moment after it has the lock.
	write(t, d.Dir, "status.json", `{"running":true,"version":"1","pid":4194305}`)
	stopped(t, d)
	write(t, d.Dir, "status.json", "") // or what lost power leaves of it
	stopped(t, d)
	if err := os.Remove(filepath.Join(state, "slow")); err != nil {
		t.Fatal(err)
	}
	if s := <-started; s.PID == 4194305 {
		t.Error("the killed one was found")
	}
}

// locked waits until a daemon has the folder.
func locked(t *testing.T, d local.Daemon) {
	t.Helper()
	err := poll.Until(t.Context(), poll.System, poll.Backoff{Initial: time.Millisecond}, func(context.Context) (bool, error) {
		f, err := os.Open(filepath.Join(d.Dir, "lock"))
		if err != nil {
			return false, nil
		}
		defer f.Close()
		return syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) != nil, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestStopWhileStarting: who stops a daemon that is just starting waits for it;
// `local stop --purge` must not remove its files under it.
func TestStopWhileStarting(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	d := of(t, state, "1")
	write(t, state, "slow", "")
	starting := make(chan error, 1)
	go func() {
		_, err := d.Ensure(t.Context())
		starting <- err
	}()
	locked(t, d)
	stop := make(chan error, 1)
	go func() { stop <- d.Stop(t.Context()) }()
	select {
	case err := <-stop:
		t.Fatalf("stop did not wait: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	if err := os.Remove(filepath.Join(state, "slow")); err != nil {
		t.Fatal(err)
	}
	if err := <-stop; err != nil {
		t.Fatal(err)
	}
	<-starting // it may have seen the daemon, or its end
	stopped(t, d)
}
