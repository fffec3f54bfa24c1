package clients

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/rights"
	"github.com/gcpdeploy/gcpdeploy/gcp/storage"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
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
	from, lost, err := deployed(ctx, d, from, report, temp)
	if err != nil {
		return nil, nil, err
	}
	app, s, err := OpenApp(ctx, d, from)
	if err != nil && lost != "" { // what is at hand was no app
		return nil, nil, errs.New(errs.NotFound, lost, "%s, and there is no app at hand: %w", engine.NotStored, err)
	}
	if err != nil {
		return nil, nil, err
	}
	s.closers = append(s.closers, remove)
	return app, s, nil
}

// deployed fetches the deployed source into a folder below temp, and gives the
// app with it. lost is what to do where what serves has none; "" = it has, or nothing serves.
func deployed(ctx context.Context, d Deps, from App, report ui.Reporter, temp string) (_ App, lost string, err error) {
	s, err := Open(ctx, d, from.placed(d))
	if err != nil {
		return from, "", err
	}
	defer s.Close()
	// The folder's name is the service's where nothing else says it.
	dir := filepath.Join(temp, s.Config.Service)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return from, "", err
	}
	why, err := s.engine(report).Deployed(ctx, s.Config.Service, s.Service(), dir)
	if err != nil {
		return from, "", err
	}
	if why == engine.NotStored {
		bucket := storage.Sources{Project: s.Config.Project, Named: s.Config.Build.SourceBucket}.Bucket()
		lost = "Deploy it again. Where that warns that the source is not kept, builds lack a right: " +
			gcp.Lacks(rights.Builds, s.access.Account, "storage.objects.create", "buckets/"+bucket)
	}
	if s.Config.App != "" && why == "" {
		why = "the settings of the app lie outside of its folder"
	}
	if why != "" {
		report.Note(why + ": its source is the one at hand")
		return from, lost, nil
	}
	from.Source = dir
	if from.Config != "" { // relative to where we are, not to what was deployed
		from.Config, err = filepath.Abs(from.Config)
	}
	return from, "", err
}

// placed is an app by its place alone where no settings are at hand: the environment
// that is named is in those that were deployed.
func (a App) placed(d Deps) App {
	file, err := config.FileOf(a.Input(d))
	if _, missing := os.Stat(file); err == nil && a.Config == "" && errors.Is(missing, fs.ErrNotExist) {
		a.Env = ""
	}
	return a
}
