package cmd

import (
	"context"
	"slices"
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

// arguments gives what stands among and behind the flags, at most so many.
// urfave/cli reads no flags behind an argument: they are set here.
func arguments(c *cli.Context, most int) (args []string, err error) {
	rest := c.Args().Slice()
	for len(rest) > 0 {
		word := rest[0]
		rest = rest[1:]
		if !strings.HasPrefix(word, "-") {
			if len(args) == most {
				return nil, errs.New(errs.Usage, "Run `"+c.Command.HelpName+" --help`.", "unexpected argument %q", word)
			}
			args = append(args, word)
			continue
		}
		name, value, given := strings.Cut(strings.TrimLeft(word, "-"), "=")
		f := flagOf(c, name)
		_, isBool := f.(*cli.BoolFlag)
		switch {
		case f == nil:
			return nil, errs.New(errs.Usage, "Run `"+c.Command.HelpName+" --help`.", "flag provided but not defined: %s", word)
		case given:
		case isBool:
			value = "true"
		case len(rest) == 0:
			return nil, errs.New(errs.Usage, "Run `"+c.Command.HelpName+" --help`.", "flag needs an argument: %s", word)
		default:
			value, rest = rest[0], rest[1:]
		}
		if err := c.Set(f.Names()[0], value); err != nil {
			return nil, errs.New(errs.Usage, "Run `"+c.Command.HelpName+" --help`.", "invalid value %q for flag %s: %w", value, word, err)
		}
	}
	return args, nil
}

// flagOf is the command's flag of that name, or nil.
func flagOf(c *cli.Context, name string) cli.Flag {
	for _, f := range c.Command.Flags {
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}
