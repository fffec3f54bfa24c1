package cmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/local"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

func localCommand(s ui.Streams, d Deps) *cli.Command {
	action := func(run func(context.Context, ui.Streams, Deps, *cli.Context) error) cli.ActionFunc {
		return func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return run(c.Context, s, d, c)
		}
	}
	return &cli.Command{
		Name:  "local",
		Usage: "the emulators of the Google services on this machine",
		Subcommands: []*cli.Command{
			{Name: "start", Usage: "start them in the background", Flags: []cli.Flag{jsonFlag()}, Action: action(localStart)},
			{
				Name: "stop", Usage: "stop them; what they keep stays",
				Flags:  []cli.Flag{&cli.BoolFlag{Name: "purge", Usage: "remove all that they made too: containers, images, networks, files"}},
				Action: action(localStop),
			},
			{Name: "status", Usage: "tell whether and where they run", Flags: []cli.Flag{jsonFlag()}, Action: action(localStatus)},
			{Name: "env", Usage: "print the variables that point gcloud at them, for eval", Action: action(localEnv)},
			{Name: "serve", Usage: "run them in the foreground", Hidden: true, Action: action(localServe)},
		},
	}
}

func localStart(ctx context.Context, s ui.Streams, d Deps, c *cli.Context) error {
	st, err := d.daemon().Ensure(ctx)
	if err != nil {
		return err
	}
	return printStatus(s, st, c.Bool("json"))
}

func localStatus(_ context.Context, s ui.Streams, d Deps, c *cli.Context) error {
	st, err := d.daemon().Status()
	if err != nil {
		return err
	}
	return printStatus(s, st, c.Bool("json"))
}

func printStatus(s ui.Streams, st local.Status, asJSON bool) error {
	if asJSON {
		return ui.WriteJSON(s.Out, st)
	}
	if !st.Running {
		fmt.Fprintln(s.Out, "not running")
		return nil
	}
	fmt.Fprintf(s.Out, "running on %s (version %s, pid %d)\n", st.URL, st.Version, st.PID)
	return nil
}

func localStop(ctx context.Context, s ui.Streams, d Deps, c *cli.Context) error {
	dm := d.daemon()
	if err := dm.Stop(ctx); err != nil {
		return err
	}
	if !c.Bool("purge") {
		fmt.Fprintln(s.Err, "stopped; `gcpdeploy local stop --purge` removes what is kept")
		return nil
	}
	if err := purge(ctx, dm); err != nil {
		return err
	}
	fmt.Fprintln(s.Err, "stopped, and all that was kept is removed")
	return nil
}

func localEnv(_ context.Context, s ui.Streams, d Deps, _ *cli.Context) error {
	st, err := d.daemon().Status()
	if err != nil {
		return err
	}
	if !st.Running {
		return errs.New(errs.Usage, "Run `gcpdeploy local start`.", "the emulators do not run")
	}
	for _, line := range st.GcloudEnv {
		name, value, _ := strings.Cut(line, "=")
		fmt.Fprintf(s.Out, "export %s='%s'\n", name, strings.ReplaceAll(value, "'", `'\''`))
	}
	// They would win over the certificate that gcloud is told to trust.
	fmt.Fprintln(s.Out, "unset REQUESTS_CA_BUNDLE CURL_CA_BUNDLE")
	return nil
}
