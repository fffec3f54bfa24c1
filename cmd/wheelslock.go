package cmd

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/python/buildlock"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// WheelsLockOptions are the options of `wheels lock`.
type WheelsLockOptions struct{ App clients.App }

func wheelsLockCommand(s ui.Streams, d Deps, run Func[WheelsLockOptions]) *cli.Command {
	return &cli.Command{
		Name:  "lock",
		Usage: "write what the app's wheels were built with to the file of wheels.lock_build_requirements",
		Flags: shared(theRepository, []string{"service"}, theWheels),
		Action: action(s, d, run, func(c *cli.Context) (WheelsLockOptions, error) {
			app := appOptions(c)
			app.WritesBuildLock = true
			return WheelsLockOptions{App: app}, nil
		}),
	}
}

// WheelsLock writes the lock of the app's builds, from the manifest of its wheels.
// An image that does not tell leaves the file as it is.
func WheelsLock(ctx context.Context, s ui.Streams, d Deps, o WheelsLockOptions) error {
	app, set, err := clients.OpenApp(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	file := app.Config.Wheels.LockBuildRequirements
	if file == "" {
		return errs.New(errs.Usage, "Add to gcpdeploy.yaml `wheels: {lock_build_requirements: build-requirements.lock}`.", "no file is named for the lock")
	}
	w, err := set.Stock(ui.Quiet()).ShowWheelsOf(ctx, engine.KeysOf(app.App).Wheels)
	if err != nil {
		return err
	}
	lock, err := builds(w.Manifest)
	if err != nil {
		return err
	}
	path := filepath.Join(app.Config.Dir, filepath.FromSlash(file))
	if err := atomicfile.Write(path, lock.Text(), 0o644); err != nil {
		return errs.New(errs.Usage, "Make the folder writable, or name another file.", "writing the lock: %w", err)
	}
	fmt.Fprintf(s.Err, "%s: %s locked; commit it\n", file, ui.Count(len(lock), "build"))
	return nil
}

// builds are the packages that were built, with what. The build key of one that was
// downloaded is its hash.
func builds(m inventory.Manifest) (buildlock.Lock, error) {
	lock := buildlock.Lock{}
	for _, p := range m.Packages {
		switch {
		case strings.HasPrefix(p.BuildKey, "sha256:"):
		case p.BuildRequirements == nil:
			return nil, errs.New(errs.NotFound, "Change a requirement or the base image, so that `gcpdeploy up` makes a new one.",
				"the wheels image was made by an older gcpdeploy, and does not tell what %s %s was built with", p.Name, p.Version)
		default:
			lock[p.Name+"=="+p.Version] = p.BuildRequirements
		}
	}
	return lock, nil
}
