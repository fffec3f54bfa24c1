package cmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/local"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

func localCommand(s ui.Streams, d Deps) *cli.Command {
	return &cli.Command{
		Name:  "local",
		Usage: "the emulators of the Google services on this machine",
		Subcommands: []*cli.Command{
			localStartCommand(s, d, LocalStart),
			localStopCommand(s, d, LocalStop),
			localStatusCommand(s, d, LocalStatus),
			localEnvCommand(s, d, LocalEnv),
			localTokenCommand(s, d, LocalToken),
			localEventCommand(s, d, LocalEvent),
			localServeCommand(s, d, LocalServe),
		},
	}
}

// LocalOptions are the options of the commands below `local`.
type LocalOptions struct {
	Output
	Purge      bool   // remove what the emulators keep
	EnforceIAM bool   // callers other than the owner may do only what policies let them
	As         string // whose token is printed
}

func localOptions(c *cli.Context) (LocalOptions, error) {
	return LocalOptions{Output: outputOptions(c), Purge: c.Bool("purge"), EnforceIAM: c.Bool("enforce-iam"), As: c.String("as")}, nil
}

func localStartCommand(s ui.Streams, d Deps, run Func[LocalOptions]) *cli.Command {
	return &cli.Command{Name: "start", Usage: "start them in the background", Flags: []cli.Flag{enforceIAMFlag(), jsonFlag()}, Action: action(s, d, run, localOptions)}
}

func enforceIAMFlag() cli.Flag {
	return &cli.BoolFlag{Name: "enforce-iam", Usage: "let builds, services and the identities of `gcpdeploy local token` do only what policies let them"}
}

// LocalStart starts the emulators, and waits until they answer.
func LocalStart(ctx context.Context, s ui.Streams, d Deps, o LocalOptions) error {
	daemon, err := d.Emulators()
	if err != nil {
		return err
	}
	daemon.EnforceIAM = o.EnforceIAM
	st, err := daemon.Ensure(ctx)
	if err != nil {
		return err
	}
	if o.EnforceIAM && !st.EnforceIAM {
		return errs.New(errs.Usage, "Run `gcpdeploy local stop` first.", "the emulators run already, and do not enforce IAM")
	}
	return printEmulators(s, st, o)
}

func localStatusCommand(s ui.Streams, d Deps, run Func[LocalOptions]) *cli.Command {
	return &cli.Command{Name: "status", Usage: "tell whether and where they run", Flags: []cli.Flag{jsonFlag()}, Action: action(s, d, run, localOptions)}
}

// LocalStatus tells whether and where the emulators run.
func LocalStatus(_ context.Context, s ui.Streams, d Deps, o LocalOptions) error {
	daemon, err := d.Emulators()
	if err != nil {
		return err
	}
	st, err := daemon.Status()
	if err != nil {
		return err
	}
	return printEmulators(s, st, o)
}

func printEmulators(s ui.Streams, st local.Status, o LocalOptions) error {
	if !o.JSON {
		for _, w := range st.Warnings {
			fmt.Fprintln(s.Err, "warning: "+w)
		}
	}
	switch {
	case o.JSON:
		return ui.WriteJSON(s.Out, st)
	case !st.Running:
		fmt.Fprintln(s.Out, "not running")
	default:
		fmt.Fprintf(s.Out, "running on %s (version %s, pid %d)\n", st.URL, st.Version, st.PID)
	}
	return nil
}

func localStopCommand(s ui.Streams, d Deps, run Func[LocalOptions]) *cli.Command {
	return &cli.Command{
		Name: "stop", Usage: "stop them; what they keep stays",
		Flags:  []cli.Flag{&cli.BoolFlag{Name: "purge", Usage: "remove all that they made too: containers, images, networks, files"}},
		Action: action(s, d, run, localOptions),
	}
}

// LocalStop stops the emulators.
func LocalStop(ctx context.Context, s ui.Streams, d Deps, o LocalOptions) error {
	daemon, err := d.Emulators()
	if err != nil {
		return err
	}
	if err := daemon.Stop(ctx); err != nil {
		return err
	}
	if !o.Purge {
		fmt.Fprintln(s.Err, "stopped; `gcpdeploy local stop --purge` removes what is kept")
		return nil
	}
	if err := clients.PurgeEmulators(ctx, d); err != nil {
		return err
	}
	fmt.Fprintln(s.Err, "stopped, and all that was kept is removed")
	return nil
}

func localEnvCommand(s ui.Streams, d Deps, run Func[LocalOptions]) *cli.Command {
	return &cli.Command{Name: "env", Usage: "print the variables that point gcloud at them, for eval", Action: action(s, d, run, localOptions)}
}

// LocalEnv prints the variables that point gcloud at the emulators.
func LocalEnv(_ context.Context, s ui.Streams, d Deps, _ LocalOptions) error {
	daemon, err := d.Emulators()
	if err != nil {
		return err
	}
	st, err := daemon.Status()
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

func localServeCommand(s ui.Streams, d Deps, run Func[LocalOptions]) *cli.Command {
	return &cli.Command{Name: "serve", Usage: "run them in the foreground", Hidden: true, Flags: []cli.Flag{enforceIAMFlag()}, Action: action(s, d, run, localOptions)}
}

// LocalServe is the emulators' own process. Its errors go to a log that the client
// which started it reads, so they are JSON.
func LocalServe(ctx context.Context, s ui.Streams, d Deps, o LocalOptions) error {
	if err := clients.ServeEmulators(ctx, d, s.Err, o.EnforceIAM); err != nil {
		printError(ui.Streams{Out: s.Err}, err, true)
		return reported{err}
	}
	return nil
}
