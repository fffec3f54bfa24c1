package local_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/local"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// TestMain plays the daemon when a test starts this binary as one.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "local" && os.Args[2] == "serve" {
		os.Exit(daemon())
	}
	os.Exit(m.Run())
}

// daemon is a process that serves nothing. Files beside its folder say of which
// version it is, and what goes wrong.
func daemon() int {
	state := os.Getenv("GCPDEPLOY_STATE_DIR")
	for os.Getenv("FIRST") == "" && exists(filepath.Join(state, "late")) {
		time.Sleep(time.Millisecond)
	}
	version, _ := os.ReadFile(filepath.Join(state, "version"))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	d := local.Daemon{Dir: filepath.Join(state, "local"), Version: string(version)}
	err := d.Serve(ctx, func(ctx context.Context) (s local.Status, _ func(context.Context) error, err error) {
		if text, err := os.ReadFile(filepath.Join(state, "broken")); err == nil {
			return s, nil, errors.New(string(text))
		}
		for { // as long as a test wants it to start slowly
			if _, err := os.Stat(filepath.Join(state, "slow")); err != nil {
				break
			}
			if err := poll.Sleep(ctx, poll.System, 5*time.Millisecond); err != nil {
				return s, nil, err
			}
		}
		return local.Status{URL: "http://127.0.0.1:1/"}, func(context.Context) error { return nil }, nil
	})
	if err != nil {
		fmt.Fprintf(os.Stderr, `{"type":"error","error":{"kind":"internal","message":%q,"hint":"Look."}}`+"\n", err.Error())
		return 1
	}
	return 0
}

// of gives the daemon of a folder, for a program of a version.
func of(t *testing.T, state, version string) local.Daemon {
	t.Helper()
	write(t, state, "version", version)
	d := local.Daemon{Dir: filepath.Join(state, "local"), Version: version, Exe: os.Args[0]}
	t.Cleanup(func() {
		_ = os.Remove(filepath.Join(state, "slow"))
		if err := d.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return d
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func ensure(t *testing.T, d local.Daemon) local.Status {
	t.Helper()
	s, err := d.Ensure(t.Context())
	if err != nil || !s.Running || s.PID == 0 || s.Version != d.Version || s.URL == "" {
		t.Fatalf("%+v, %v", s, err)
	}
	return s
}

func stopped(t *testing.T, d local.Daemon) {
	t.Helper()
	if s, err := d.Status(); err != nil || s.Running {
		t.Errorf("it should not run: %+v, %v", s, err)
	}
}

// gone waits until a process has ended: it lets the folder go a moment before.
func gone(t *testing.T, pid int) {
	t.Helper()
	err := poll.Until(t.Context(), poll.System, poll.Backoff{Initial: time.Millisecond}, func(context.Context) (bool, error) {
		return syscall.Kill(pid, 0) != nil, nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestLife(t *testing.T) {
	t.Parallel()
	d := of(t, t.TempDir(), "1")
	stopped(t, d)
	if err := d.Stop(t.Context()); err != nil {
		t.Errorf("stopping what does not run: %v", err)
	}
	s := ensure(t, d)
	if again := ensure(t, d); again.PID != s.PID {
		t.Errorf("it was started again: %d, then %d", s.PID, again.PID)
	}
	if err := d.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	stopped(t, d)
	gone(t, s.PID)
	if _, err := os.Stat(filepath.Join(d.Dir, "status.json")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("its status is still there: %v", err)
	}
}

func TestStartsAtOnce(t *testing.T) {
	t.Parallel()
	d := of(t, t.TempDir(), "1")
	pids := make([]int, 8)
	var all sync.WaitGroup
	for i := range pids {
		all.Go(func() {
			s, err := d.Ensure(t.Context())
			if err != nil {
				t.Error(err)
			}
			pids[i] = s.PID
		})
	}
	all.Wait()
	for _, pid := range pids {
		if pid == 0 || pid != pids[0] {
			t.Fatalf("the daemons %v were found, want one", pids)
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func TestReplacedByAnotherVersion(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	old := ensure(t, of(t, state, "1"))
	s := ensure(t, of(t, state, "2"))
	if s.PID == old.PID {
		t.Error("the old one runs on")
	}
	gone(t, old.PID)
}

func TestKilled(t *testing.T) {
	t.Parallel()
	d := of(t, t.TempDir(), "1")
	s := ensure(t, d)
	if err := syscall.Kill(s.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	err := poll.Until(t.Context(), poll.System, poll.Backoff{Initial: time.Millisecond}, func(context.Context) (bool, error) {
		s, err := d.Status()
		return !s.Running, err
	})
	if err != nil {
		t.Fatal(err)
	}
	if again := ensure(t, d); again.PID == s.PID {
		t.Error("the killed one was found")
	}
}

func TestDoesNotStart(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	d := of(t, state, "1")
	write(t, state, "broken", "no Docker")
	_, err := d.Ensure(t.Context())
	if err == nil || !strings.Contains(err.Error(), "no Docker") {
		t.Errorf("%v", err)
	}
	stopped(t, d)
	d.Exe = "/does/not/exist"
	if _, err := d.Ensure(t.Context()); err == nil {
		t.Error("a program that is not there was started")
	}
	file := filepath.Join(state, "file")
	write(t, state, "file", "")
	if _, err := (local.Daemon{Dir: filepath.Join(file, "local"), Exe: os.Args[0]}).Ensure(t.Context()); err == nil {
		t.Error("a folder that cannot be made")
	}
	if _, err := (local.Daemon{Dir: filepath.Join(file, "local")}).Status(); !strings.Contains(errs.HintOf(err), "GCPDEPLOY_STATE_DIR") {
		t.Errorf("in a file: %v", err)
	}
}
