package cmd

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
	"github.com/gcpdeploy/gcpdeploy/internal/visit"
)

// OpenOptions are the options of `open`.
type OpenOptions struct {
	App clients.App
	Output
	NoBrowser bool
}

func openCommand(s ui.Streams, d Deps, run Func[OpenOptions]) *cli.Command {
	return &cli.Command{
		Name:  "open",
		Usage: "open the service in a browser; a private one as yourself, while this runs",
		Flags: append(shared(theService), jsonFlag(),
			&cli.BoolFlag{Name: "no-browser", Usage: "print the address only; that of a private service is served while this runs"}),
		Action: action(s, d, run, func(c *cli.Context) (OpenOptions, error) {
			return OpenOptions{App: appOptions(c), Output: outputOptions(c), NoBrowser: c.Bool("no-browser")}, nil
		}),
	}
}

// opened is `open --json`.
type opened struct {
	URL     string `json:"url"`
	Private bool   `json:"private"`
}

// Open shows the service in a browser. To a private one it says who asks, until ctx
// ends.
func Open(ctx context.Context, s ui.Streams, d Deps, o OpenOptions) error {
	set, err := clients.Open(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	state, err := reachable(ctx, set)
	if err != nil {
		return err
	}
	show := func(url string) error {
		if o.JSON {
			if err := ui.WriteJSON(s.Out, opened{url, state.Private}); err != nil {
				return err
			}
		} else {
			fmt.Fprintln(s.Out, url)
		}
		if !o.NoBrowser && !visit.Browser(ctx, url, d.Lookup) {
			fmt.Fprintln(s.Err, "no browser is found here: open the address yourself")
		}
		return nil
	}
	if !state.Private {
		return show(state.URL)
	}
	who := func(ctx context.Context) (release.Header, error) { return set.Target().Authorization(ctx, state.URL) }
	if _, err := who(ctx); err != nil {
		return err
	}
	proxy, err := visit.New(ctx, state.URL, who, d.Now)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.Err, "the service is private: this address lets in whoever has it, as yourself, until Ctrl-C")
	if err := show(proxy.URL); err != nil {
		return err
	}
	return proxy.Serve(ctx)
}

// reachable is the state of a service that has a URL.
func reachable(ctx context.Context, set *clients.Set) (release.State, error) {
	state, err := stateOf(ctx, set)
	if err == nil && state.URL == "" {
		err = errs.New(errs.NotFound, "Run `gcpdeploy status`.", "the service %s has no URL", set.Config.Service)
	}
	return state, err
}
