package cmd

import (
	"fmt"
	"runtime"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

func versionCommand(s ui.Streams, d Deps) *cli.Command {
	return &cli.Command{
		Name:  "version",
		Usage: "print this program's version",
		Flags: []cli.Flag{jsonFlag()},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			if c.Bool("json") {
				return ui.WriteJSON(s.Out, map[string]any{
					"version": d.Version(), "schema": plan.Schema, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH,
				})
			}
			_, err := fmt.Fprintf(s.Out, "gcpdeploy %s (%s, %s/%s)\n", d.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
