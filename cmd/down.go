package cmd

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

func downCommand(s ui.Streams, d Deps) *cli.Command {
	return &cli.Command{
		Name:  "down",
		Usage: "delete the service; images and wheels stay",
		Flags: appFlags(),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return Down(c.Context, s, d, appOptions(c), c.Bool("json"))
		},
	}
}

// Down deletes the service.
func Down(ctx context.Context, s ui.Streams, d Deps, o AppOptions, asJSON bool) error {
	sv, err := openService(ctx, d, o)
	if err != nil {
		return err
	}
	defer sv.Close()
	c := sv.config
	ok, err := sv.target.Delete(ctx, sv.release())
	if err != nil {
		return err
	}
	if asJSON {
		return ui.WriteJSON(s.Out, map[string]any{"service": c.Service, "deleted": ok})
	}
	if !ok {
		fmt.Fprintf(s.Err, "nothing to do: there is no service %s\n", c.Service)
		return nil
	}
	fmt.Fprintf(s.Err, "deleted the service %s; its images stay\n", c.Service)
	return nil
}
