package engine

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/credential"
	"github.com/gcpdeploy/gcpdeploy/internal/detect"
	"github.com/gcpdeploy/gcpdeploy/internal/dockerfile"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/python/lockfile"
	"github.com/gcpdeploy/gcpdeploy/internal/python/project"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/source"
	"github.com/gcpdeploy/gcpdeploy/templates"
)

// App is an application as it lies on the disk, loaded and valid.
type App struct {
	plan.App
	Tree *source.Tree

	logins   credential.Sources
	stripped map[string]bool // the files whose logins are not sent
}

// Load reads the configuration, detects what it leaves open, reads the
// requirements and the source, and renders the templates. It reads files only.
func Load(ctx context.Context, from config.Input) (*App, error) {
	c, err := config.Load(from)
	if err != nil {
		return nil, err
	}
	if err := c.HiddenFiles(from.WritesBuildLock); err != nil {
		return nil, err
	}
	app := &App{App: plan.App{Config: c, Platform: "linux/amd64", CA: c.CAFile != ""}}
	if app.Builds, err = buildLock(c, from.WritesBuildLock); err != nil {
		return nil, err
	}
	app.Release = release.Of(c)
	if app.Tree, err = scan(ctx, c, func() ([]string, error) {
		err := prepare(&app.App, from.Lookup)
		return beside(app.App), err
	}); err != nil {
		return nil, err
	}
	if err := app.credentials(from); err != nil {
		return nil, err
	}
	app.Source = plan.Source{Hash: app.Tree.Hash(), Files: len(app.Tree.Files), Bytes: app.Tree.Size(), App: app.Tree.At, Parts: app.Tree.Parts}
	app.Notes = slices.Concat(c.Notes, app.Notes, app.Tree.Notes)
	if app.Ignore, err = app.dockerignore(); err != nil {
		return nil, err
	}
	if err := app.startable(); err != nil {
		return nil, err
	}
	if err := app.hashLocals(ctx); err != nil {
		return nil, err
	}
	return app, nil
}

// UploadedBefore is the app with packages that were uploaded before a time only.
func (a *App) UploadedBefore(t time.Time) *App {
	limited := *a
	limited.Before = t.UTC().Format(time.RFC3339)
	return &limited
}

// prepare detects what the configuration leaves open, reads the requirements
// and renders the templates.
func prepare(app *plan.App, lookup func(string) (string, bool)) (err error) {
	c := app.Config
	dir := os.DirFS(c.Dir)
	if app.Closure, app.Notes, err = Requirements(c, lookup); err != nil {
		return err
	}
	if err := hashed(app.Closure, c.Python); err != nil {
		return err
	}
	if err := systemPackages(app); err != nil {
		return err
	}
	found := c.Missing("entrypoint")
	if found {
		f, err := detect.Entrypoint(dir, required(c, app.Closure), installed(app.Closure)...)
		if err != nil {
			return err
		}
		app.Notes = append(app.Notes, f.Notes...)
		c.Adopt(config.Detected{Entrypoint: f.Value, From: map[string]string{"entrypoint": f.From}})
	}
	if err := tests(app, lookup); err != nil {
		return err
	}
	if _, app.Folder = source.Place(c.Dir, beside(*app)); app.Folder != "" && found {
		c.Entrypoint = inFolder(c.Entrypoint, app.Folder)
	}
	return render(app)
}

// Requirements finds Python and the requirement files, puts them in c, and reads
// the closure, which is given beside an error too, as far as it was read. notes
// are for the user.
func Requirements(c *config.Config, lookup func(string) (string, bool)) (closure *closure.Closure, notes []string, err error) {
	dir := os.DirFS(c.Dir)
	locks, err := lockfile.Find(c.Dir)
	if err != nil {
		return nil, nil, err
	}
	if c.Missing("python") {
		f, err := detect.Python(appfile.Dir(c.Dir, locks...), locks...)
		if err != nil {
			return nil, nil, err
		}
		notes = append(notes, f.Notes...)
		c.Adopt(config.Detected{Python: f.Value, From: map[string]string{"python": f.From}})
	}
	if err := freeThreaded(c); err != nil {
		return nil, nil, err
	}
	var beside []string
	detected := c.Missing("requirements")
	if detected {
		f, err := project.Requirements(dir, locks...)
		if err != nil {
			return nil, nil, err
		}
		notes, beside = append(notes, f.Notes...), f.Beside
		c.Adopt(config.Detected{Requirements: f.Value, From: map[string]string{"requirements": f.From}})
	}
	r := reader{c: c, lookup: lookup}
	if closure, err = r.closure(c.Requirements, nil); err != nil {
		return closure, nil, err
	}
	if err := r.neighbours(closure); err != nil {
		return closure, nil, err
	}
	if err := r.upToDate(detected, beside); err != nil {
		return closure, nil, err
	}
	for _, other := range beside {
		if err := r.agree(closure, other); err != nil {
			return closure, nil, err
		}
	}
	if err := r.limits(); err != nil {
		return closure, nil, err
	}
	return closure, warn(append(notes, r.notes...), closure, c.Python), nil
}

// warn adds to the notes what a closure warns of, and what its markers exclude, once:
// test requirements often include the app's.
func warn(notes []string, cl *closure.Closure, python string) []string {
	add := func(file string, line int, text string) {
		if note := fmt.Sprintf("%s:%d: %s", file, line, text); !slices.Contains(notes, note) {
			notes = append(notes, note)
		}
	}
	for _, w := range cl.Warnings {
		add(w.File, w.Line, w.Message)
	}
	for _, r := range cl.Excluded(python) {
		add(r.File, r.Line, "not installed on Python "+python+", which its marker excludes: "+r.Raw)
	}
	return notes
}

// tests finds the tests, and reads what they need.
func tests(app *plan.App, lookup func(string) (string, bool)) (err error) {
	c := app.Config
	if c.Test.Off {
		c.Test.Command = nil // that of the file, with --no-test
		return nil
	}
	var extra []closure.Strings
	if c.Missing("test.command") {
		f, err := detect.Test(os.DirFS(c.Dir), app.Closure.Has, lockedGroup(c))
		if err != nil {
			return err
		}
		app.Notes = append(app.Notes, f.Notes...)
		extra = f.Value.Extra
		d := config.Detected{TestCommand: f.Value.Command, From: map[string]string{"test.command": f.From}}
		if c.Missing("test.requirements") {
			d.TestRequirements = f.Value.Requirements
			d.From["test.requirements"] = f.From
		}
		c.Adopt(d)
	}
	if len(c.Test.Command) == 0 {
		return nil
	}
	r := reader{c: c, lookup: lookup}
	if app.Tests, err = r.closure(c.Test.Requirements, extra); err != nil {
		return err
	}
	if err := hashed(app.Tests, c.Python); err != nil {
		return err
	}
	app.Notes = warn(append(app.Notes, r.notes...), app.Tests, c.Python)
	return nil
}

// render fills the templates: the user's own where there are some.
func render(app *plan.App) (err error) {
	c := app.Config
	folder := dockerfile.Layers{templates.FS}
	if c.Templates != "" {
		folder = dockerfile.Layers{dockerfile.Folder(c.Templates), templates.FS}
	}
	var own []string
	for _, o := range plan.Own(*app) {
		own = append(own, o.Install(path.Join(home, app.Folder)))
	}
	data := dockerfile.Data{
		BaseImage: c.BaseImage, Python: c.Python, Port: app.Release.Port, Entrypoint: c.Entrypoint,
		BuildPackages: c.SystemPackages.Build, RuntimePackages: c.SystemPackages.Runtime,
		Own: own, Folder: app.Folder, Slim: plan.SlimOf(c.Slim).Arguments(),
	}
	if app.Wheel, err = dockerfile.Render(folder, templates.Wheel, data); err != nil {
		return err
	}
	if app.Main, err = dockerfile.Render(folder, templates.Main, data); err != nil {
		return err
	}
	if len(data.Slim) > 0 && !bytes.Contains(app.Wheel, []byte(data.Slim[0])) {
		app.Notes = append(app.Notes, fmt.Sprintf("%s does not use .Slim: nothing is removed from packages", templates.Wheel))
	}
	if len(own) > 0 && !bytes.Contains(app.Main, []byte("gcpdeploy/wheelhouse")) {
		app.Notes = append(app.Notes, fmt.Sprintf("%s does not use .Own: the app's own packages (%s) are not installed", templates.Main, strings.Join(own, ", ")))
	}
	if app.Folder != "" && !bytes.Contains(app.Main, []byte(path.Join(home, app.Folder))) {
		app.Notes = append(app.Notes, fmt.Sprintf("%s does not use .Folder: the app, which lies in %s, is not started there", templates.Main, path.Join(home, app.Folder)))
	}
	app.Program, err = dockerfile.Program(folder, templates.Program)
	return err
}
