package cmd

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

func localTokenCommand(s ui.Streams, d Deps, run Func[LocalOptions]) *cli.Command {
	return &cli.Command{
		Name: "token", Usage: "print a token of another identity, good for an hour, to call them with: see --enforce-iam of `gcpdeploy local start`",
		Flags:  []cli.Flag{&cli.StringFlag{Name: "as", Usage: "the identity: user:NAME@DOMAIN or serviceAccount:NAME@DOMAIN"}},
		Action: action(s, d, run, localOptions),
	}
}

// LocalToken prints a token of another identity than the owner.
func LocalToken(_ context.Context, s ui.Streams, d Deps, o LocalOptions) error {
	if o.As == "" {
		return errs.New(errs.Usage, "Give an identity: --as user:NAME@DOMAIN.", "--as is missing")
	}
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
	token, err := clients.TokenOf(st, o.As)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.Out, token)
	return nil
}
