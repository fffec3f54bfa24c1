package cmd

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

func requirementsCommand(s ui.Streams, d Deps) *cli.Command {
	return &cli.Command{
		Name:      "requirements",
		Usage:     "show the requirements as they are read",
		ArgsUsage: "[FILE…]",
		Flags:     []cli.Flag{jsonFlag()},
		Action: func(c *cli.Context) error {
			files, asJSON := []string{}, c.Bool("json")
			for i, a := range c.Args().Slice() {
				switch {
				case a == "--":
					files = append(files, c.Args().Slice()[i+1:]...)
					return Requirements(c.Context, s, d, files, asJSON)
				case a == "--json" || a == "-json": // urfave/cli reads no flags behind a file
					asJSON = true
				case strings.HasPrefix(a, "-"):
					return errs.New(errs.Usage, "Run `gcpdeploy requirements --help`.", "unknown flag %s", a)
				default:
					files = append(files, a)
				}
			}
			return Requirements(c.Context, s, d, files, asJSON)
		},
	}
}

// Requirements prints what was read of the files, or of the app in the working
// directory when none is named.
func Requirements(_ context.Context, s ui.Streams, d Deps, files []string, asJSON bool) error {
	report, err := read(d, files)
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

func read(d Deps, files []string) (closure.Report, error) {
	if len(files) > 0 {
		return closure.Read(".", files, d.Lookup)
	}
	c, err := config.Load(AppOptions{Source: "."}.input(d))
	if err != nil {
		return closure.Report{}, err
	}
	read, _, err := engine.Requirements(c, d.Lookup)
	return closure.ReportOf(read, err), err
}
