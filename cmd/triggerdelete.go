package cmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// TriggerDeleteOptions are the options of `trigger delete`.
type TriggerDeleteOptions struct {
	App clients.App
	Output
	Name string // "" = the service's only one
	Yes  bool
}

func triggerDeleteCommand(s ui.Streams, d Deps, run Func[TriggerDeleteOptions]) *cli.Command {
	return &cli.Command{
		Name:      "delete",
		Usage:     "delete a trigger; what it deployed stays",
		ArgsUsage: "[NAME]",
		Flags:     append(shared(theTriggers), jsonFlag(), &cli.BoolFlag{Name: "yes", Usage: "do it without asking"}),
		Action: action(s, d, run, func(c *cli.Context) (TriggerDeleteOptions, error) {
			args, err := arguments(c, 1)
			return TriggerDeleteOptions{App: appOptions(c), Output: outputOptions(c), Name: strings.Join(args, ""), Yes: c.Bool("yes")}, err
		}),
	}
}

// TriggerDelete deletes a trigger that was made here.
func TriggerDelete(ctx context.Context, s ui.Streams, d Deps, o TriggerDeleteOptions) error {
	set, err := clients.Open(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	name, deleted := o.Name, false
	t, err := set.TriggerNamed(ctx, o.Name)
	switch {
	case errs.KindOf(err) == errs.NotFound && name != "":
	case err != nil:
		return err
	default:
		name = t.Name
		// Somebody else's is refused, whoever agrees.
		if err := agreedTo(s, o.Yes || !t.Ours(), o.JSON, "this deletes the trigger "+name, "Delete the trigger "+name+"?"); err != nil {
			return err
		}
		if deleted, err = set.DeleteTrigger(ctx, t); err != nil {
			return err
		}
	}
	switch {
	case o.JSON:
		return ui.WriteJSON(s.Out, map[string]any{"trigger": name, "deleted": deleted})
	case deleted:
		fmt.Fprintf(s.Err, "deleted the trigger %s; what it deployed stays\n", name)
	default:
		fmt.Fprintf(s.Err, "nothing to do: there is no trigger %s\n", name)
	}
	return nil
}
