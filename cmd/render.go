package cmd

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// RenderOptions are the options of `render`.
type RenderOptions struct {
	App clients.App
	Output
	Out string // the folder to write to; "" = print
}

func renderCommand(s ui.Streams, d Deps, run Func[RenderOptions]) *cli.Command {
	return &cli.Command{
		Name:  "render",
		Usage: "write the Dockerfiles that the build would use",
		Flags: append(shared(theFiles, theImages), jsonFlag(),
			&cli.StringFlag{Name: "out", Usage: "`FOLDER` to write to (default: print them)"}),
		Subcommands: []*cli.Command{renderCloudBuildCommand(s, d, RenderCloudBuild)},
		Action: action(s, d, run, func(c *cli.Context) (RenderOptions, error) {
			return RenderOptions{App: appOptions(c), Output: outputOptions(c), Out: c.String("out")}, nil
		}),
	}
}

// Render writes the rendered templates with the files that their builds read.
func Render(ctx context.Context, s ui.Streams, d Deps, o RenderOptions) error {
	app, err := engine.Load(ctx, o.App.Input(d))
	if err != nil {
		return err
	}
	files := app.Rendered()
	if o.Out != "" {
		for _, f := range files {
			name := filepath.Join(o.Out, filepath.FromSlash(f.Name))
			err := os.MkdirAll(filepath.Dir(name), 0o777)
			if err == nil {
				err = os.WriteFile(name, f.Data, 0o666)
			}
			if err != nil {
				return errs.New(errs.Usage, "Choose a folder that can be written with --out.", "%w", err)
			}
			fmt.Fprintln(s.Err, "wrote "+name)
		}
	}
	switch {
	case o.JSON:
		texts := map[string]string{}
		for _, f := range files {
			texts[f.Name] = string(f.Data)
		}
		return ui.WriteJSON(s.Out, texts)
	case o.Out == "":
		for _, f := range files {
			if filepath.Ext(f.Name) == ".Dockerfile" {
				fmt.Fprintf(s.Out, "# %s\n%s\n", f.Name, f.Data)
			}
		}
	}
	return nil
}
