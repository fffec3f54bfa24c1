package cmd

import (
	"context"
	"fmt"
	"runtime"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

func versionCommand(s ui.Streams, d Deps, run Func[Output]) *cli.Command {
	return &cli.Command{
		Name:   "version",
		Usage:  "print this program's version",
		Flags:  []cli.Flag{jsonFlag()},
		Action: action(s, d, run, func(c *cli.Context) (Output, error) { return outputOptions(c), nil }),
	}
}

// Version prints this program's version.
func Version(_ context.Context, s ui.Streams, d Deps, o Output) error {
	if o.JSON {
		return ui.WriteJSON(s.Out, map[string]any{
			"version": d.Version(), "schema": plan.Schema, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH,
		})
	}
	_, err := fmt.Fprintf(s.Out, "gcpdeploy %s (%s, %s/%s)\n", d.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
