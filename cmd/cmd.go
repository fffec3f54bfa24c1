// Package cmd is the command line: one file for each command, which turns flags
// into options and calls one function. It alone prints errors and chooses exit
// codes. Nothing imports it but main.
package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/suggest"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// Main runs the program and gives its exit code.
func Main(ctx context.Context, s ui.Streams, d Deps, args []string) int {
	err := New(s, d).RunContext(ctx, args)
	if err == nil {
		return 0
	}
	if ctx.Err() != nil && errs.KindOf(err) != errs.Interrupted {
		err = errs.New(errs.Interrupted, "", "interrupted: %w", err)
	}
	printError(s, err, wantsJSON(args))
	return errs.ExitCode(err)
}

// New makes the tree of commands.
func New(s ui.Streams, d Deps) *cli.App {
	app := &cli.App{
		Name:                      "gcpdeploy",
		Usage:                     "deploy Python web apps to Google Cloud without building their wheels twice",
		HideVersion:               true,
		DisableSliceFlagSeparator: true,
		Writer:                    s.Out,
		ErrWriter:                 s.Err,
		ExitErrHandler:            func(*cli.Context, error) {},
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return unknownCommand(c.App.Commands, c.Args().First(), "gcpdeploy")
			}
			return cli.ShowAppHelp(c)
		},
		Commands: []*cli.Command{
			upCommand(s, d, Up),
			planCommand(s, d),
			renderCommand(s, d),
			keyCommand(s, d),
			requirementsCommand(s, d),
			filesCommand(s, d),
			wheelsCommand(s, d),
			statusCommand(s, d),
			logsCommand(s, d),
			downCommand(s, d),
			localCommand(s, d),
			versionCommand(s, d),
			stepCommand(s, d),
		},
	}
	app.OnUsageError = usageError
	for _, c := range app.Commands {
		prepare(c)
	}
	return app
}

// prepare sets what urfave/cli does not inherit.
func prepare(c *cli.Command) {
	c.OnUsageError = usageError
	c.HideHelpCommand = true
	for _, sub := range c.Subcommands {
		prepare(sub)
	}
	if len(c.Subcommands) > 0 && c.Action == nil {
		c.Action = func(ctx *cli.Context) error {
			if ctx.Args().Present() {
				return unknownCommand(ctx.Command.Subcommands, ctx.Args().First(), "gcpdeploy "+c.Name)
			}
			return cli.ShowSubcommandHelp(ctx)
		}
	}
}

func usageError(c *cli.Context, err error, _ bool) error {
	return errs.New(errs.Usage, "Run `"+c.Command.HelpName+" --help`.", "%w", err)
}

func unknownCommand(commands []*cli.Command, name, parent string) error {
	hint := "Run `" + parent + " --help` for the list."
	var names []string
	for _, c := range commands {
		names = append(names, c.Name)
	}
	if best := suggest.Nearest(name, names); best != "" {
		hint = "Did you mean `" + parent + " " + best + "`?"
	}
	return errs.New(errs.Usage, hint, "unknown command %q", name)
}

// noArguments refuses what is left after the flags: urfave/cli would swallow
// flags behind it silently.
func noArguments(c *cli.Context) error {
	if c.Args().Present() {
		return errs.New(errs.Usage, "Name the app's folder with --source.", "unexpected argument %q", c.Args().First())
	}
	return nil
}

// wantsJSON tells the asked form before the flags are parsed, so that a fault
// in the flags comes out in it too.
func wantsJSON(args []string) bool {
	for _, a := range args {
		if a == "--json" || a == "-json" || strings.HasPrefix(a, "--json=") && a != "--json=false" {
			return true
		}
	}
	return false
}

// jsonError is the form of an error in JSON output.
type jsonError struct {
	Type  string    `json:"type"`
	Error errorBody `json:"error"`
}

type errorBody struct {
	Kind    string      `json:"kind"`
	Message string      `json:"message"`
	Hint    string      `json:"hint,omitempty"`
	Place   *errs.Place `json:"place,omitempty"`
}

// reported is an error whose JSON form the command has written already.
type reported struct{ error }

func (r reported) Unwrap() error { return r.error }

func printError(s ui.Streams, err error, asJSON bool) {
	if asJSON {
		if !errors.As(err, new(reported)) {
			_ = ui.WriteJSON(s.Out, jsonError{"error", errorBody{errs.KindOf(err).String(), err.Error(), errs.HintOf(err), errs.PlaceOf(err)}})
		}
		return
	}
	fmt.Fprintln(s.Err, "error: "+err.Error())
	if p := errs.PlaceOf(err); p != nil {
		if text := p.Pointer(); text != "" {
			fmt.Fprintln(s.Err, text)
		}
	}
	if hint := errs.HintOf(err); hint != "" {
		fmt.Fprintln(s.Err, "hint: "+hint)
	}
}
