package cmd

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

func renderCommand(s ui.Streams, d Deps) *cli.Command {
	return &cli.Command{
		Name:  "render",
		Usage: "write the Dockerfiles that the build would use",
		Flags: appFlags(&cli.StringFlag{Name: "out", Usage: "`FOLDER` to write to (default: print them)"}),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return Render(c.Context, s, d, appOptions(c), c.String("out"), c.Bool("json"))
		},
	}
}

// Render writes the rendered templates with the files that their builds read.
func Render(ctx context.Context, s ui.Streams, d Deps, o AppOptions, out string, asJSON bool) error {
	app, err := engine.Load(ctx, o.input(d))
	if err != nil {
		return err
	}
	req, con := app.Closure.Canonical()
	type file struct {
		name string // slash path
		data []byte
	}
	files := []file{
		{"wheel.Dockerfile", app.Wheel}, {"main.Dockerfile", app.Main},
		{"requirements.txt", req}, {"constraints.txt", con},
	}
	if app.Tests != nil {
		req, con := app.Tests.Canonical()
		files = append(files, file{"test-requirements.txt", req}, file{"test-constraints.txt", con})
	}
	if build := plan.BuildRequirements(app.App); build != nil {
		files = append(files, file{"build-requirements.txt", build})
	}
	for _, name := range slices.Sorted(maps.Keys(app.Program)) {
		files = append(files, file{name, app.Program[name]})
	}
	if out != "" {
		for _, f := range files {
			name := filepath.Join(out, filepath.FromSlash(f.name))
			err := os.MkdirAll(filepath.Dir(name), 0o777)
			if err == nil {
				err = os.WriteFile(name, f.data, 0o666)
			}
			if err != nil {
				return errs.New(errs.Usage, "Choose a folder that can be written with --out.", "%w", err)
			}
			fmt.Fprintln(s.Err, "wrote "+name)
		}
	}
	if asJSON {
		texts := map[string]string{}
		for _, f := range files {
			texts[f.name] = string(f.data)
		}
		return ui.WriteJSON(s.Out, texts)
	}
	if out == "" {
		for _, f := range files[:2] {
			fmt.Fprintf(s.Out, "# %s\n%s\n", f.name, f.data)
		}
	}
	return nil
}
