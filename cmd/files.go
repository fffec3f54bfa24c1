package cmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/source"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// FilesOptions are the options of `files`.
type FilesOptions struct {
	App clients.App
	Output
	Why string // the path to explain; "" = list all
}

func filesCommand(s ui.Streams, d Deps, run Func[FilesOptions]) *cli.Command {
	return &cli.Command{
		Name:  "files",
		Usage: "list what is sent, or say which rule decided about a path",
		Flags: append(shared(theFiles, []string{"ignore-file"}), jsonFlag(),
			&cli.StringFlag{Name: "why", Usage: "the `PATH` to explain, relative to the app's folder"}),
		Action: action(s, d, run, func(c *cli.Context) (FilesOptions, error) {
			return FilesOptions{App: appOptions(c), Output: outputOptions(c), Why: c.String("why")}, nil
		}),
	}
}

// Files lists the files of the source archive, one path a line.
func Files(ctx context.Context, s ui.Streams, d Deps, o FilesOptions) error {
	c, err := config.Load(o.App.Input(d))
	if err != nil {
		return err
	}
	tree, unread, err := engine.Tree(ctx, c, d.Lookup)
	if err != nil {
		return err
	}
	if o.Why != "" {
		return printWhy(s, tree, o)
	}
	if unread != nil {
		tree.Warnings = append(tree.Warnings, fmt.Sprintf("what the requirements name beside the app's folder is not listed, as they cannot be read: %v", unread))
	}
	if tree.At != "" {
		tree.Notes = append(tree.Notes, fmt.Sprintf("sent are %s; the app is in %s", strings.Join(tree.Parts, ", "), tree.At))
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
	if o.JSON {
		return ui.WriteJSON(s.Out, map[string]any{
			"files": paths, "bytes": tree.Size(), "hash": tree.Hash(), "notes": tree.Notes, "warnings": tree.Warnings,
		})
	}
	for _, p := range paths {
		fmt.Fprintln(s.Out, p)
	}
	return nil
}

func printWhy(s ui.Streams, tree *source.Tree, o FilesOptions) error {
	reason, err := tree.Why(o.Why)
	if err != nil {
		return err
	}
	if o.JSON {
		return ui.WriteJSON(s.Out, reason)
	}
	fmt.Fprintln(s.Out, reason)
	return nil
}
