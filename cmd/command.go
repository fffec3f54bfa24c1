package cmd

import (
	"context"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// Deps is the surroundings of a command.
type Deps = clients.Deps

// Func does what a command is for. Commands are made with it, so that tests of
// their flags see the options and do nothing.
type Func[O any] func(ctx context.Context, s ui.Streams, d Deps, o O) error

// action reads a command's options, and runs it. A command without an ArgsUsage
// takes no arguments.
func action[O any](s ui.Streams, d Deps, run Func[O], options func(*cli.Context) (O, error)) cli.ActionFunc {
	return func(c *cli.Context) error {
		if c.Command.ArgsUsage == "" && c.Args().Present() {
			// urfave/cli would swallow flags behind it silently.
			return errs.New(errs.Usage, "Name the app's folder with --source.", "unexpected argument %q", c.Args().First())
		}
		o, err := options(c)
		if err != nil {
			return err
		}
		if v, ok := any(o).(interface{ Validate() error }); ok {
			if err := v.Validate(); err != nil {
				return err
			}
		}
		return run(c.Context, s, d, o)
	}
}

// arguments gives what stands behind the flags, at most so many. urfave/cli reads
// no flags there; --json is taken, as one adds it last.
func arguments(c *cli.Context, most int) (args []string, err error) {
	for _, a := range c.Args().Slice() {
		switch {
		case a == "--json" || a == "-json":
			err = c.Set("json", "true")
		case strings.HasPrefix(a, "-"):
			err = errs.New(errs.Usage, "Put flags before arguments.", "the flag %s stands behind an argument", a)
		case len(args) == most:
			err = errs.New(errs.Usage, "Run `"+c.Command.HelpName+" --help`.", "unexpected argument %q", a)
		default:
			args = append(args, a)
		}
		if err != nil {
			return nil, err
		}
	}
	return args, nil
}
