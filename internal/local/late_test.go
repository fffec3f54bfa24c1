package local_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/local"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// TestLate: a daemon that was too late does not take over from the one that was first
// when that is stopped.
func TestLate(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	d := of(t, state, "1")
	write(t, state, "late", "")
	first := exec.Command(os.Args[0], "local", "serve")
	first.Env = append(os.Environ(), "FIRST=1", "GCPDEPLOY_STATE_DIR="+state)
	var ensured sync.WaitGroup
	var found local.Status
	var failed error
	ensured.Go(func() { found, failed = d.Ensure(t.Context()) })
	late := func() int { return len(daemons(t, state)) }
	wait := func(until func() bool) {
		t.Helper()
		if err := poll.Until(t.Context(), poll.System, poll.Backoff{Initial: time.Millisecond}, func(context.Context) (bool, error) { return until(), nil }); err != nil {
			t.Fatal(err)
		}
	}
	wait(func() bool { return late() == 1 })
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	ensured.Wait()
	if failed != nil || found.PID != first.Process.Pid {
		t.Errorf("%+v, %v", found, failed)
	}
	if err := d.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	_ = first.Wait()
	if err := os.Remove(filepath.Join(state, "late")); err != nil {
		t.Fatal(err)
	}
	wait(func() bool {
		s, err := d.Status()
		if err != nil || s.Running {
			t.Fatalf("the late one runs: %+v, %v", s, err)
		}
		return late() == 0
	})
}

// daemons are the processes that have a state folder.
func daemons(t *testing.T, state string) (pids []string) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		env, _ := os.ReadFile(path) // none of a process that has ended
		if slices.Contains(strings.Split(string(env), "\x00"), "GCPDEPLOY_STATE_DIR="+state) {
			pids = append(pids, path)
		}
	}
	return pids
}
