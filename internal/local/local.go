// Package local keeps the emulators running in the background on the user's
// machine: one daemon for each state folder, found again by its status file and
// guarded by a file lock. It knows how to start, stop and find that process;
// what it serves is gcp/emulator's business.
package local

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// Status is what a running daemon says of itself.
type Status struct {
	Running   bool              `json:"running"`
	Version   string            `json:"version,omitempty"`
	PID       int               `json:"pid,omitempty"`
	URL       string            `json:"url,omitempty"` // of all services, with a slash at its end
	TokenFile string            `json:"token_file,omitempty"`
	CAFile    string            `json:"ca_file,omitempty"`
	Endpoints map[string]string `json:"endpoints,omitempty"`  // URL once more, by the service's name
	GcloudEnv []string          `json:"gcloud_env,omitempty"` // variables that point gcloud here
	Warnings  []string          `json:"warnings,omitempty"`   // what was wrong when it started

	EnforceIAM bool `json:"enforce_iam,omitempty"` // it was started to do so
}

// Project and Region are what local runs use where nothing else is named.
const (
	Project = "local"
	Region  = "local"
)

// Daemon is the background process of one state folder.
type Daemon struct {
	Dir     string // state; made when missing
	Version string // of this program; a daemon of another one is replaced
	Exe     string // this program

	EnforceIAM bool // how to start one: callers other than the owner may do only what policies let them
}

const stateHint = "Set GCPDEPLOY_STATE_DIR to a folder that can be written."

func (d Daemon) statusFile() string { return filepath.Join(d.Dir, "status.json") }

// LogFile is where the daemon writes what it has to say.
func (d Daemon) LogFile() string { return filepath.Join(d.Dir, "daemon.log") }

func (d Daemon) lock() *flock.Flock { return flock.New(filepath.Join(d.Dir, "lock")) }

// Status tells whether the daemon runs, and where. It costs two file reads.
func (d Daemon) Status() (Status, error) {
	if _, err := os.Stat(d.Dir); errors.Is(err, fs.ErrNotExist) {
		return Status{}, nil
	}
	lock := d.lock()
	free, err := lock.TryRLock()
	if err != nil {
		return Status{}, errs.New(errs.Usage, stateHint, "looking for the local daemon: %w", err)
	}
	if free {
		return Status{}, lock.Unlock()
	}
	var s Status
	data, err := os.ReadFile(d.statusFile())
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil // starting or stopping
	}
	if err != nil {
		return s, fmt.Errorf("reading the local daemon's status: %w", err)
	}
	if json.Unmarshal(data, &s) != nil {
		return Status{}, nil // cut by lost power; the one that is starting removes it
	}
	if errors.Is(syscall.Kill(s.PID, 0), syscall.ESRCH) {
		return Status{}, nil // left by one that was killed; another is just starting
	}
	s.Running = true
	return s, nil
}

// wait is how a client looks for a daemon that starts or stops: often at first.
var wait = poll.Backoff{Initial: 5 * time.Millisecond, Max: 100 * time.Millisecond, Factor: 1.3}

// Ensure gives the running daemon, and starts or replaces it first where needed.
// It has the warnings of a start of its own.
func (d Daemon) Ensure(ctx context.Context) (Status, error) {
	s, err := d.Status()
	if err != nil || s.Running && s.Version == d.Version {
		s.Warnings = nil
		return s, err
	}
	if s.Running {
		if err := d.Stop(ctx); err != nil {
			return Status{}, err
		}
	}
	return d.start(ctx)
}

func (d Daemon) start(ctx context.Context) (Status, error) {
	if err := os.MkdirAll(d.Dir, 0o700); err != nil {
		return Status{}, errs.New(errs.Usage, stateHint, "making the state folder: %w", err)
	}
	log, err := os.OpenFile(d.LogFile(), os.O_CREATE|os.O_TRUNC|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return Status{}, errs.New(errs.Usage, stateHint, "opening the daemon's log: %w", err)
	}
	defer log.Close()
	// The daemon outlives this process and its terminal.
	args := []string{"local", "serve"}
	if d.EnforceIAM {
		args = append(args, "--enforce-iam")
	}
	c := exec.CommandContext(context.WithoutCancel(ctx), d.Exe, args...)
	c.Env = append(settled(os.Environ()), "GCPDEPLOY_STATE_DIR="+filepath.Dir(d.Dir))
	c.Dir = "/" // it must keep no folder from being removed
	c.Stdout, c.Stderr = log, log
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := c.Start(); err != nil {
		return Status{}, fmt.Errorf("starting the local daemon: %w", err)
	}
	exited := make(chan error, 1)
	go func() { exited <- c.Wait() }()
	ctx, cancel := context.WithTimeoutCause(ctx, time.Minute, errors.New("the local daemon did not start within a minute"))
	defer cancel()
	var s Status
	gone := false
	err = poll.Until(ctx, poll.System, wait, func(context.Context) (bool, error) {
		var err error
		if s, err = d.Status(); err != nil || s.Running {
			return true, err
		}
		select {
		case <-exited:
			gone = true
		default:
		}
		if gone {
			// Another client's daemon may have been first; it needs a moment to answer.
			if free, _ := d.free(); free {
				return false, d.died()
			}
		}
		return false, nil
	})
	if err == nil && s.PID != c.Process.Pid {
		// Another client's was first. Ours may not have begun yet, and must not take
		// over when that one is stopped.
		_ = c.Process.Kill()
	}
	return s, err
}

func (d Daemon) free() (bool, error) {
	lock := d.lock()
	ok, err := lock.TryRLock()
	if ok {
		err = lock.Unlock()
	}
	return ok, err
}

// died is the error of a daemon that ended at once: what its log says of it.
func (d Daemon) died() error {
	data, _ := os.ReadFile(d.LogFile())
	for line := range bytes.Lines(data) {
		var e struct {
			Error struct{ Message, Hint string }
		}
		if json.Unmarshal(line, &e) == nil && e.Error.Message != "" {
			return errs.New(errs.Internal, e.Error.Hint, "%s", e.Error.Message)
		}
	}
	return errs.New(errs.Internal, "See "+d.LogFile()+".", "the local daemon ended at once")
}

// Stop ends the daemon and waits until it is gone. A daemon that does not run
// is no error.
func (d Daemon) Stop(ctx context.Context) error {
	if _, err := os.Stat(d.Dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, time.Minute, errors.New("the local daemon did not stop within a minute"))
	defer cancel()
	told := 0
	return poll.Until(ctx, poll.System, wait, func(context.Context) (bool, error) {
		if free, err := d.free(); free || err != nil {
			return free, err
		}
		// One that is just starting says soon who it is.
		s, err := d.Status()
		if err != nil || !s.Running || s.PID == told {
			return false, err
		}
		told = s.PID
		if err := syscall.Kill(s.PID, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
			return false, fmt.Errorf("stopping the local daemon (pid %d): %w", s.PID, err)
		}
		return false, nil
	})
}
