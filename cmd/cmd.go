// Package cmd is the command line: one file for each command, which turns flags
// into options and calls one function. It alone prints errors and chooses exit
// codes. Nothing imports it but main.
package cmd

import (
	"context"
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/suggest"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// Main runs the program and gives its exit code.
func Main(ctx context.Context, s ui.Streams, d Deps, args []string) int {
	s, d, args, err := asPlugin(s, d, args)
	if err == nil {
		err = New(s, d).RunContext(ctx, args)
	}
	if err == nil {
		return 0
	}
	if e, ok := errors.AsType[exited](err); ok && e.error == nil {
		return e.code
	}
	if ctx.Err() != nil && errs.KindOf(err) != errs.Interrupted {
		err = errs.New(errs.Interrupted, "", "interrupted: %w", err)
	}
	printError(s, err, wantsJSON(args))
	annotate(s.Err, d, args, err)
	if e, ok := errors.AsType[exited](err); ok {
		return e.code
	}
	return errs.ExitCode(err)
}

// New makes the tree of commands.
func New(s ui.Streams, d Deps) *cli.App {
	return tree(s,
		upCommand(s, d, Up),
		planCommand(s, d, Plan),
		renderCommand(s, d, Render),
		keyCommand(s, d, Key),
		requirementsCommand(s, d, Requirements),
		filesCommand(s, d, Files),
		wheelsCommand(s, d),
		startCommand(s, d, Start),
		statusCommand(s, d, Status),
		releasesCommand(s, d, Releases),
		trafficCommand(s, d, Traffic),
		previewCommand(s, d),
		rollbackCommand(s, d, Rollback),
		promoteCommand(s, d, Promote),
		openCommand(s, d, Open),
		curlCommand(s, d, Curl),
		logsCommand(s, d, Logs),
		jobCommand(s, d),
		cancelCommand(s, d, Cancel),
		downCommand(s, d, Down),
		triggerCommand(s, d),
		scheduleCommand(s, d),
		initCommand(s, d, Init),
		setupCommand(s, d, Setup),
		doctorCommand(s, d, Doctor),
		localCommand(s, d),
		versionCommand(s, d, Version),
		stepCommand(s, d),
	)
}

// tree is the program with some commands.
func tree(s ui.Streams, commands ...*cli.Command) *cli.App {
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
		Commands: commands,
	}
	app.OnUsageError = usageError
	for _, c := range app.Commands {
		prepare(c)
	}
	return app
}

// prepare sets what urfave/cli does not inherit, and keeps "(default: false)" out
// of help.
func prepare(c *cli.Command) {
	c.OnUsageError = usageError
	c.HideHelpCommand = true
	for _, f := range c.Flags {
		if b, ok := f.(*cli.BoolFlag); ok {
			b.DisableDefaultText = true
		}
	}
	for _, sub := range c.Subcommands {
		prepare(sub)
	}
	if len(c.Subcommands) > 0 && c.Action == nil {
		c.Action = func(ctx *cli.Context) error {
			if ctx.Args().Present() {
				return unknownCommand(ctx.Command.Subcommands, ctx.Args().First(), ctx.Command.HelpName)
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
