package cmd

import (
	"context"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/stock"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// KeyDiffOptions are the options of `key diff`.
type KeyDiffOptions struct {
	App clients.App
	Output
	A, B string // beginnings of keys or digests, or stock.OfApp
}

func keyDiffCommand(s ui.Streams, d Deps, run Func[KeyDiffOptions]) *cli.Command {
	return &cli.Command{
		Name:      "diff",
		Usage:     "print the fields in which two keys of wheels or runtime images differ; `.` is the app's key",
		ArgsUsage: "A B",
		Flags:     append(shared(theRepository, []string{"service"}, theWheels), jsonFlag()),
		Action: action(s, d, run, func(c *cli.Context) (o KeyDiffOptions, err error) {
			args, err := arguments(c, 2)
			if err != nil {
				return o, err
			}
			if len(args) != 2 {
				return o, errs.New(errs.Usage, "Run `"+c.Command.HelpName+" --help`.", "give two keys, or one and . for the app")
			}
			return KeyDiffOptions{App: appOptions(c), Output: outputOptions(c), A: args[0], B: args[1]}, nil
		}),
	}
}

// KeyDiff prints the fields in which two keys differ, from A to B.
func KeyDiff(ctx context.Context, s ui.Streams, d Deps, o KeyDiffOptions) error {
	app, set, err := openFor(ctx, d, o.App, o.A == stock.OfApp || o.B == stock.OfApp)
	if err != nil {
		return err
	}
	defer set.Close()
	diff, err := set.Stock(ui.Quiet()).Compare(ctx, app.App, o.A, o.B)
	if err != nil {
		return err
	}
	if o.JSON {
		return ui.WriteJSON(s.Out, diff)
	}
	printComparison(s.Out, diff)
	return nil
}

// openFor opens the repository; the app is loaded where it is asked about.
func openFor(ctx context.Context, d Deps, from clients.App, needsApp bool) (*engine.App, *clients.Set, error) {
	if needsApp {
		return clients.OpenApp(ctx, d, from)
	}
	set, err := clients.Open(ctx, d, from)
	return &engine.App{}, set, err
}

func printComparison(w io.Writer, c stock.Comparison) {
	if c.A == c.B {
		fmt.Fprintf(w, "%s %s: no field differs\n", c.Kind, key.Short(c.B))
		return
	}
	fmt.Fprintf(w, "%s %s → %s\n", c.Kind, key.Short(c.A), key.Short(c.B))
	if len(c.Changes) == 0 {
		fmt.Fprintln(w, "    a field that an image does not tell")
	}
	for _, change := range c.Changes {
		fmt.Fprintln(w, "    "+change.Text)
		if change.Name == plan.Wheels {
			for _, wheel := range c.Wheels {
				fmt.Fprintln(w, "        "+wheel.Text)
			}
		}
	}
}
