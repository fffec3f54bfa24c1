package cmd

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// RequirementsOptions are the options of `requirements`.
type RequirementsOptions struct {
	Output
	Files []string // none = those of the app in the working directory
}

func requirementsCommand(s ui.Streams, d Deps, run Func[RequirementsOptions]) *cli.Command {
	return &cli.Command{
		Name:      "requirements",
		Usage:     "show the requirements as they are read",
		ArgsUsage: "[FILE…]",
		Flags:     []cli.Flag{jsonFlag()},
		Action: action(s, d, run, func(c *cli.Context) (RequirementsOptions, error) {
			o := RequirementsOptions{Output: outputOptions(c)}
			for i, a := range c.Args().Slice() {
				switch {
				case a == "--":
					o.Files = append(o.Files, c.Args().Slice()[i+1:]...)
					return o, nil
				case a == "--json" || a == "-json": // urfave/cli reads no flags behind a file
					o.JSON = true
				case strings.HasPrefix(a, "-"):
					return o, errs.New(errs.Usage, "Run `gcpdeploy requirements --help`.", "unknown flag %s", a)
				default:
					o.Files = append(o.Files, a)
				}
			}
			return o, nil
		}),
	}
}

// Requirements prints what was read of the files, or of the app in the working
// directory when none is named.
func Requirements(_ context.Context, s ui.Streams, d Deps, o RequirementsOptions) error {
	report, err := engine.ReadRequirements(clients.App{Source: "."}.Input(d), o.Files)
	if o.JSON {
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
