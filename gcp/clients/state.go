package clients

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/local"
)

// Emulators is the process of this user's emulators.
func (d Deps) Emulators() (local.Daemon, error) {
	dir, err := d.stateDir()
	return local.Daemon{Dir: filepath.Join(dir, "local"), Version: d.Version(), Exe: d.Exe}, err
}

// stateDir is where local mode keeps its files. It is absolute: the emulators'
// own process works in another folder, and must find the same.
func (d Deps) stateDir() (string, error) {
	if dir, _ := d.Lookup("GCPDEPLOY_STATE_DIR"); dir != "" {
		abs, err := filepath.Abs(dir)
		if err != nil {
			err = errs.New(errs.Usage, "Set GCPDEPLOY_STATE_DIR to an absolute path.", "GCPDEPLOY_STATE_DIR %q: %w", dir, err)
		}
		return abs, err
	}
	// XDG wants a relative path to be passed over.
	if base, _ := d.Lookup("XDG_STATE_HOME"); filepath.IsAbs(base) {
		return filepath.Join(base, "gcpdeploy"), nil
	}
	if filepath.IsAbs(d.Home) {
		return filepath.Join(d.Home, ".local", "state", "gcpdeploy"), nil
	}
	what := "HOME is not set"
	if d.Home != "" {
		what = fmt.Sprintf("HOME is %q, which is not an absolute path", d.Home)
	}
	return "", errs.New(errs.Usage, "Set HOME, or GCPDEPLOY_STATE_DIR to a folder of its own.", "local mode has no place for its files: %s", what)
}

// apart refuses a state folder that would be sent with the app: tokens and
// secrets are in it. Before the first start it is not there yet, but it will be.
func (d Deps) apart(app *engine.App, starts bool) error {
	daemon, err := d.Emulators()
	if err != nil || !app.Tree.Takes(daemon.Dir) {
		return nil // without a place nothing is kept; who needs one says so
	}
	if _, err := os.Stat(daemon.Dir); errors.Is(err, fs.ErrNotExist) && !starts {
		return nil
	}
	return errs.New(errs.Usage, "Set GCPDEPLOY_STATE_DIR to a folder outside of the app's, or name it in the app's ignore file.",
		"the emulators' files in %s would be sent with the app", daemon.Dir)
}
