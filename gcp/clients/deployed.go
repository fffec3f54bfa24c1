package clients

import (
	"context"
	"os"
	"path/filepath"

	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// OpenDeployed is OpenApp for the source that the service was last deployed from,
// or for the one at hand where it was not deployed yet. The set's Close removes
// that source.
func OpenDeployed(ctx context.Context, d Deps, from App, report ui.Reporter) (_ *engine.App, _ *Set, err error) {
	temp, err := os.MkdirTemp("", "gcpdeploy-refresh-")
	if err != nil {
		return nil, nil, err
	}
	remove := func() error { return os.RemoveAll(temp) }
	defer func() {
		if err != nil {
			_ = remove()
		}
	}()
	if from, err = deployed(ctx, d, from, report, temp); err != nil {
		return nil, nil, err
	}
	app, s, err := OpenApp(ctx, d, from)
	if err != nil {
		return nil, nil, err
	}
	s.closers = append(s.closers, remove)
	return app, s, nil
}

// deployed fetches the deployed source into a folder below temp, and gives the
// app with it.
func deployed(ctx context.Context, d Deps, from App, report ui.Reporter, temp string) (App, error) {
	s, err := Open(ctx, d, from)
	if err != nil {
		return from, err
	}
	defer s.Close()
	// The folder's name is the service's where nothing else says it.
	dir := filepath.Join(temp, s.Config.Service)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return from, err
	}
	why, err := s.engine(report).Deployed(ctx, s.Service(), dir)
	if err != nil {
		return from, err
	}
	if s.Config.App != "" && why == "" {
		why = "the settings of the app lie outside of its folder"
	}
	if why != "" {
		report.Note(why + ": its source is the one at hand")
		return from, nil
	}
	from.Source = dir
	if from.Config != "" { // relative to where we are, not to what was deployed
		from.Config, err = filepath.Abs(from.Config)
	}
	return from, err
}
