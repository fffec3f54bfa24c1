package cmd

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/source"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

func filesCommand(s ui.Streams, d Deps) *cli.Command {
	return &cli.Command{
		Name:  "files",
		Usage: "list what is sent, or say which rule decided about a path",
		Flags: appFlags(&cli.StringFlag{Name: "why", Usage: "the `PATH` to explain, relative to the app's folder"}),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return Files(c.Context, s, d, appOptions(c), c.String("why"), c.Bool("json"))
		},
	}
}

// Files lists the files of the source archive, one path a line.
func Files(ctx context.Context, s ui.Streams, d Deps, o AppOptions, why string, asJSON bool) error {
	c, err := config.Load(o.input(d))
	if err != nil {
		return err
	}
	tree, err := source.Scan(ctx, c.Dir, source.Options{IgnoreFile: c.IgnoreFile})
	if err != nil {
		return err
	}
	if why != "" {
		reason, err := tree.Why(why)
		if err != nil {
			return err
		}
		if asJSON {
			return ui.WriteJSON(s.Out, reason)
		}
		fmt.Fprintln(s.Out, reason)
		return nil
	}
	for _, n := range tree.Notes {
		fmt.Fprintln(s.Err, "note: "+n)
	}
	for _, w := range tree.Warnings {
		fmt.Fprintln(s.Err, "warning: "+w)
	}
	paths := []string{}
	for _, f := range tree.Files {
		paths = append(paths, f.Path)
	}
	if asJSON {
		return ui.WriteJSON(s.Out, map[string]any{
			"files": paths, "bytes": tree.Size(), "hash": tree.Hash(), "notes": tree.Notes, "warnings": tree.Warnings,
		})
	}
	for _, p := range paths {
		fmt.Fprintln(s.Out, p)
	}
	return nil
}
