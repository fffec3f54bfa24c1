package cmd

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/appyaml"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/migrate"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// initFrom writes the configuration of an app that App Engine has run, which must not
// be there yet, and says what of its app.yaml has no counterpart.
func initFrom(ctx context.Context, s ui.Streams, d Deps, o InitOptions) error {
	report := warner(s, d)
	defer report.Close()
	in := o.App.Input(d)
	data, err := os.ReadFile(filepath.Join(in.Dir, o.From))
	if err != nil {
		return errs.New(errs.Usage, "Name the app.yaml of the app, relative to the app's folder.", "--from: %w", err)
	}
	f, err := appyaml.Parse(o.From, data)
	if err != nil {
		return err
	}
	if _, ours := appyaml.Look(o.From, data); !ours {
		return errs.At(errs.Place{File: o.From, Line: f.Line("runtime")}, "", "runtime %s is not Python's", f.Runtime())
	}
	bundled, err := appyaml.Bundled(os.DirFS(filepath.Join(in.Dir, ".")))
	if err != nil {
		return err
	}
	path, err := config.FileOf(in)
	if err != nil {
		return err
	}
	to := clients.Imports(f, bundled)
	text := migrate.Text(f, entrypointOf(ctx, in, f), to)
	if !o.DryRun {
		if err := writeNew(path, text, o.Force); err != nil {
			return err
		}
	}
	next, notes := []string{"gcpdeploy plan"}, []string{}
	for _, t := range to {
		notes = append(notes, t.Notes...)
		if t.Env != "" {
			next = append(next, "gcpdeploy up --env "+t.Env+"  # "+t.Target+", side by side with the other")
		}
	}
	for _, n := range notes {
		report.Note(n)
	}
	report.Close()
	if o.JSON {
		return ui.WriteJSON(s.Out, initResult{File: path, Written: !o.DryRun, Text: text, Next: next, Notes: notes})
	}
	if o.DryRun {
		fmt.Fprint(s.Out, text)
	} else {
		fmt.Fprintln(s.Out, path)
	}
	fmt.Fprintln(s.Err, strings.Join(append([]string{"Look at it, and then:"}, next...), "\n"))
	return nil
}

// entrypointOf is how the standard environment starts an app that says nothing, where
// the app brings the server; "" leaves it to what is found in the app.
func entrypointOf(ctx context.Context, in config.Input, f *appyaml.File) string {
	if f.Flexible() {
		return ""
	}
	app, err := engine.Load(ctx, in)
	if err != nil || !app.Closure.Has("gunicorn") {
		return ""
	}
	if _, err := os.Stat(filepath.Join(app.Config.Dir, "main.py")); err != nil {
		return ""
	}
	return "gunicorn -b :$PORT main:app"
}
