package cmd

import (
	"context"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

func keyCommand(s ui.Streams, d Deps) *cli.Command {
	return &cli.Command{
		Name:        "key",
		Usage:       "print the keys of the app's images and the fields that make them",
		Flags:       appFlags(&cli.BoolFlag{Name: "explain", Usage: "say which fields made a key miss, against the nearest earlier image"}),
		Subcommands: []*cli.Command{keyDiffCommand(s, d)},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			if c.Bool("explain") {
				return KeyExplain(c.Context, s, d, appOptions(c), c.Bool("json"))
			}
			return Key(c.Context, s, d, appOptions(c), c.Bool("json"))
		},
	}
}

// keyReport is `key --json`. Testenv, content and app contain what only the
// registry knows, and are empty until the runtime image is there.
type keyReport struct {
	plan.Keys
	Content key.Key `json:"content"`
}

// Key prints the keys. It asks the registry for the runtime image, which the
// later keys contain; the first two need nobody.
func Key(ctx context.Context, s ui.Streams, d Deps, o AppOptions, asJSON bool) error {
	app, err := engine.Load(ctx, o.input(d))
	if err != nil {
		return err
	}
	r := keyReport{Keys: plan.KeysOf(app.App, "")}
	// Without a project there is nobody to ask for the digest that the rest contains.
	if o.Local || app.Config.NeedsProject() == nil {
		if err := r.complete(ctx, d, o, app); err != nil {
			return err
		}
	}
	if asJSON {
		return ui.WriteJSON(s.Out, r)
	}
	for _, k := range []struct {
		name string
		key  key.Key
	}{{"wheels (W)", r.Wheels}, {"runtime (R)", r.Runtime}, {"testenv (T)", r.TestEnv}, {"content (C)", r.Content}, {"app (A)", r.App}} {
		if k.key.Hash == "" {
			fmt.Fprintf(s.Out, "%s  not known before the runtime image is built, or not needed\n", k.name)
			continue
		}
		fmt.Fprintf(s.Out, "%s  %s\n", k.name, k.key.Hash)
		for _, f := range k.key.Fields {
			fmt.Fprintf(s.Out, "    %-28s %s\n", f.Name, f.Value)
		}
	}
	return nil
}

// complete adds the keys that contain the digest of the runtime image.
func (r *keyReport) complete(ctx context.Context, d Deps, o AppOptions, app *engine.App) error {
	sess, err := connect(ctx, d, o, app, ui.NewJSON(ui.Streams{Out: io.Discard}))
	if err != nil {
		return err
	}
	defer sess.Close()
	digest, ok, err := sess.engine.Registry.Digest(ctx, plan.Runtime, r.Runtime.Hash)
	if err != nil || !ok {
		return err
	}
	r.Keys = plan.KeysOf(app.App, digest)
	r.Content, err = sess.contentKey(ctx, r.Wheels.Hash)
	return err
}
