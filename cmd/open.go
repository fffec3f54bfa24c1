package cmd

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/suggest"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
	"github.com/gcpdeploy/gcpdeploy/internal/visit"
)

// OpenOptions are the options of `open`.
type OpenOptions struct {
	App clients.App
	Output
	NoBrowser     bool
	Tag           string // of the revision to show
	Console, Logs bool   // the page that shows the service, or its log
}

// Validate refuses what excludes each other.
func (o OpenOptions) Validate() error {
	if n := len(nonEmpty(o.Tag, flagged("console", o.Console), flagged("logs", o.Logs))); n > 1 {
		return errs.New(errs.Usage, "Give one of them.", "--tag, --console and --logs exclude each other")
	}
	if o.App.Local && (o.Console || o.Logs) {
		return errs.New(errs.Usage, "`gcpdeploy status --local` and `gcpdeploy logs --local` show what there is.", "the emulators have no console")
	}
	return nil
}

// flagged is the name of a flag that is given, else "".
func flagged(name string, given bool) string {
	if given {
		return name
	}
	return ""
}

func openCommand(s ui.Streams, d Deps, run Func[OpenOptions]) *cli.Command {
	return &cli.Command{
		Name:      "open",
		Usage:     "open the service in a browser; a private one as yourself, while this runs",
		ArgsUsage: oneService,
		Flags: append(shared(theService), jsonFlag(),
			&cli.BoolFlag{Name: "no-browser", Usage: "print the address only; that of a private service is served while this runs"},
			tagFlag(),
			&cli.BoolFlag{Name: "console", Usage: "open the page of Google's console that shows the service"},
			&cli.BoolFlag{Name: "logs", Usage: "open the page of Google's console with its log"}),
		Action: action(s, d, run, func(c *cli.Context) (OpenOptions, error) {
			app, err := namedApp(c, 1)
			return OpenOptions{App: app, Output: outputOptions(c), NoBrowser: c.Bool("no-browser"), Tag: c.String("tag"), Console: c.Bool("console"), Logs: c.Bool("logs")}, err
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
	if o.Console || o.Logs {
		page, logs := set.Kind().Pages(set.Service())
		if o.Logs {
			page = logs
		}
		return o.show(ctx, s, d, opened{URL: page})
	}
	state, url, err := reachable(ctx, set, o.Tag)
	if err != nil {
		return err
	}
	if !state.Private {
		return o.show(ctx, s, d, opened{URL: url})
	}
	who := func(ctx context.Context) (release.Header, error) { return set.Target().Authorization(ctx, state.URL) }
	if _, err := who(ctx); err != nil {
		return err
	}
	proxy, err := visit.New(ctx, url, who, d.Now)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.Err, "the service is private: this address lets in whoever has it, as yourself, until Ctrl-C")
	if err := o.show(ctx, s, d, opened{proxy.URL, true}); err != nil {
		return err
	}
	return proxy.Serve(ctx)
}

// show prints an address, and hands it to a browser.
func (o OpenOptions) show(ctx context.Context, s ui.Streams, d Deps, at opened) error {
	if o.JSON {
		if err := ui.WriteJSON(s.Out, at); err != nil {
			return err
		}
	} else {
		fmt.Fprintln(s.Out, at.URL)
	}
	if !o.NoBrowser && !visit.Browser(ctx, at.URL, d.Lookup) {
		fmt.Fprintln(s.Err, "no browser is found here: open the address yourself")
	}
	return nil
}

func tagFlag() cli.Flag {
	return &cli.StringFlag{Name: "tag", Usage: "the revision of a `TAG`, whatever traffic it has"}
}

// reachable is the state of a service that has a URL, and that URL: of a tag where one is
// given.
func reachable(ctx context.Context, set *clients.Set, tag string) (state release.State, url string, err error) {
	state, err = stateOf(ctx, set)
	if err != nil {
		return state, "", err
	}
	if tag == "" {
		if state.URL == "" {
			err = errs.New(errs.NotFound, "Run `gcpdeploy status`.", "the service %s has no URL", set.Config.Service)
		}
		return state, state.URL, err
	}
	var tags []string
	for _, t := range state.Traffic {
		if t.Tag == tag && t.URL != "" {
			return state, t.URL, nil
		}
		tags = append(tags, nonEmpty(t.Tag)...)
	}
	hint := suggest.Hint(tag, tags)
	if hint == "" {
		hint = "Run `gcpdeploy status`, which shows what there is."
	}
	return state, "", errs.New(errs.NotFound, hint, "the service %s has no tag %s", set.Config.Service, tag)
}
