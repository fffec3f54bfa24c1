package cmd

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/detect"
	"github.com/gcpdeploy/gcpdeploy/internal/requirements"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
	"github.com/urfave/cli/v2"
)

func requirementsCommand(s ui.Streams, d Deps) *cli.Command {
	return &cli.Command{
		Name:      "requirements",
		Usage:     "show the requirements as they are read",
		ArgsUsage: "[FILE…]",
		Flags:     []cli.Flag{jsonFlag()},
		Action: func(c *cli.Context) error {
			return Requirements(c.Context, s, d, c.Args().Slice(), c.Bool("json"))
		},
	}
}

// Requirements prints what was read of the files, or of the app in the working
// directory when none is named.
func Requirements(_ context.Context, s ui.Streams, d Deps, files []string, asJSON bool) error {
	if len(files) == 0 {
		c, err := config.Load(AppOptions{Source: "."}.input(d))
		if err != nil {
			return err
		}
		files = c.Requirements
		if c.Missing("requirements") {
			f, err := detect.Requirements(os.DirFS("."))
			if err != nil {
				return err
			}
			files = f.Value
		}
	}
	report, err := requirements.Read(".", files, d.Lookup)
	if asJSON {
		enc := json.NewEncoder(s.Out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if werr := enc.Encode(report); werr != nil {
			return werr
		}
		if err != nil {
			return reported{err}
		}
		return nil
	}
	if err != nil {
		return err
	}
	for _, r := range report.Requirements {
		kind := ""
		if r.Constraint {
			kind = "  (constraint)"
		}
		fmt.Fprintf(s.Out, "%s:%d: %s%s\n", r.File, r.Line, r.Raw, kind)
	}
	return nil
}
