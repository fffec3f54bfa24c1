package cmd

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// DownOptions are the options of `down`.
type DownOptions struct {
	App clients.App
	Output
}

func downCommand(s ui.Streams, d Deps, run Func[DownOptions]) *cli.Command {
	return &cli.Command{
		Name:      "down",
		Usage:     "delete the service; images and wheels stay",
		ArgsUsage: oneService,
		Flags:     append(shared(theService), jsonFlag()),
		Action: action(s, d, run, func(c *cli.Context) (DownOptions, error) {
			app, err := namedApp(c, 1)
			return DownOptions{App: app, Output: outputOptions(c)}, err
		}),
	}
}

// Down deletes the service; of several regions one must be named.
func Down(ctx context.Context, s ui.Streams, d Deps, o DownOptions) error {
	o.App.EachRegion = true
	set, err := clients.Open(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	service := set.Service()
	deleted, left, err := set.Target().Delete(ctx, service)
	if err != nil {
		return err
	}
	switch {
	case o.JSON:
		result := map[string]any{"service": service.Service, "deleted": deleted}
		if left != "" {
			result["left"] = left
		}
		return ui.WriteJSON(s.Out, result)
	case left != "":
		fmt.Fprintln(s.Err, left)
	case deleted:
		fmt.Fprintf(s.Err, "deleted the service %s; its images stay\n", service.Service)
	default:
		fmt.Fprintf(s.Err, "nothing to do: there is no service %s\n", service.Service)
	}
	return nil
}
