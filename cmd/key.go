package cmd

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// KeyOptions are the options of `key`.
type KeyOptions struct {
	App clients.App
	Output
	Explain bool // say why keys miss, instead of what they are made of
}

func keyCommand(s ui.Streams, d Deps, run Func[KeyOptions]) *cli.Command {
	return &cli.Command{
		Name:  "key",
		Usage: "print the keys of the app's images and the fields that make them",
		Flags: append(shared(theRepository, theService, theImages), jsonFlag(),
			&cli.BoolFlag{Name: "explain", Usage: "say which fields made a key miss, against the nearest earlier image"}),
		Subcommands: []*cli.Command{keyDiffCommand(s, d, KeyDiff)},
		Action: action(s, d, run, func(c *cli.Context) (KeyOptions, error) {
			return KeyOptions{App: appOptions(c), Output: outputOptions(c), Explain: c.Bool("explain")}, nil
		}),
	}
}

// Key prints the keys. It asks the registry for the runtime image, which the
// later keys contain; without a project there is nobody to ask.
func Key(ctx context.Context, s ui.Streams, d Deps, o KeyOptions) error {
	if o.Explain {
		return explainKeys(ctx, s, d, o)
	}
	app, err := engine.Load(ctx, o.App.Input(d))
	if err != nil {
		return err
	}
	keys := engine.KeysOf(app.App)
	if o.App.Placed(app.Config) {
		set, err := clients.Connect(ctx, d, o.App, app.Config)
		if err != nil {
			return err
		}
		defer set.Close()
		if keys, err = set.Engine(app, ui.Quiet()).Keys(ctx, app.App); err != nil {
			return err
		}
	}
	if o.JSON {
		return ui.WriteJSON(s.Out, keys)
	}
	printKeys(s.Out, keys)
	return nil
}

func printKeys(w io.Writer, k engine.Keys) {
	for _, k := range []struct {
		name string
		key  key.Key
	}{{"wheels (W)", k.Wheels}, {"runtime (R)", k.Runtime}, {"testenv (T)", k.TestEnv}, {"content (C)", k.Content}, {"app (A)", k.App}} {
		if k.key.Hash == "" {
			fmt.Fprintf(w, "%s  not known before the runtime image is built, or not needed\n", k.name)
			continue
		}
		fmt.Fprintf(w, "%s  %s\n", k.name, k.key.Hash)
		for _, f := range k.key.Fields {
			fmt.Fprintf(w, "    %-28s %s\n", f.Name, f.Value)
		}
	}
}

// explainKeys says which fields made a key miss.
func explainKeys(ctx context.Context, s ui.Streams, d Deps, o KeyOptions) error {
	app, set, err := clients.OpenApp(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	keys, err := set.Engine(app, ui.Quiet()).ExplainKeys(ctx, app.App, set.Stock(ui.Quiet()).Nearest)
	if err != nil {
		return err
	}
	if o.JSON {
		return ui.WriteJSON(s.Out, keys)
	}
	printExplained(s.Out, "wheels", keys.Wheels)
	printExplained(s.Out, "runtime", keys.Runtime)
	printExplained(s.Out, "testenv", keys.TestEnv)
	printExplained(s.Out, "app", keys.App)
	return nil
}

func printExplained(w io.Writer, name string, k engine.ExplainedKey) {
	line := fmt.Sprintf("%-8s %-5s %-9s", name, k.Status.Status, key.Short(k.Key))
	if k.Against == "" {
		fmt.Fprintln(w, strings.TrimRight(line+" "+k.Reason, " "))
		return
	}
	fmt.Fprintf(w, "%s against %s\n", line, k.Against)
	for _, c := range k.Changes {
		fmt.Fprintln(w, "    "+c.Text)
	}
}
