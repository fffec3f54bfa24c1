package cmd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// JobRunOptions are the options of `job run`: a job's name, or a command.
type JobRunOptions struct {
	JobOptions
	Command []string
	Env     map[string]string // of a command
	Async   bool
}

// Validate refuses what makes no sense.
func (o JobRunOptions) Validate() error {
	const hint = "Write `gcpdeploy job run NAME`, or `gcpdeploy job run -- COMMAND`."
	switch {
	case o.Name == "" && len(o.Command) == 0:
		return errs.New(errs.Usage, hint, "neither a job nor a command is named")
	case o.Name != "" && len(o.Command) > 0:
		return errs.New(errs.Usage, hint, "a job runs its own command: %s cannot run another", o.Name)
	case o.Name != "" && len(o.Env) > 0:
		return errs.New(errs.Usage, "Set jobs."+o.Name+".env, or give a command.", "--update-env-vars is for a command")
	}
	return nil
}

func jobRunCommand(s ui.Streams, d Deps, run Func[JobRunOptions]) *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "run a job, or any command in the image that serves; its log is shown, and its exit code returned",
		ArgsUsage: "NAME | -- COMMAND…",
		Flags: append(shared(theService), jsonFlag(),
			&cli.BoolFlag{Name: "async", Usage: "leave it as soon as it has begun"},
			&cli.BoolFlag{Name: "wait", Usage: "wait until it has ended (the default)"},
			&cli.StringSliceFlag{Name: "update-env-vars", Usage: "`KEY=VALUE` of a command, over the service's; may be given several times"}),
		Action: action(s, d, run, func(c *cli.Context) (o JobRunOptions, err error) {
			o.App, o.Output, o.Async = appOptions(c), outputOptions(c), c.Bool("async")
			if raw := c.Lineage()[1].Args().Slice(); slices.Contains(raw, "--") { // which the parser takes away where flags end at it
				o.Command = raw[slices.Index(raw, "--")+1:]
				if rest := c.Args().Slice(); len(rest) > len(o.Command) {
					o.Name = rest[0]
				}
			} else {
				o.JobOptions, err = jobOptions(c)
				o.Async = c.Bool("async")
			}
			if err == nil && o.Async && c.Bool("wait") {
				err = errs.New(errs.Usage, "Leave one of them out.", "--async and --wait exclude each other")
			}
			for _, text := range c.StringSlice("update-env-vars") {
				name, value, ok := strings.Cut(text, "=")
				if !ok || name == "" {
					return o, errs.New(errs.Usage, "Write it as in --update-env-vars MODE=dry.", "--update-env-vars is no KEY=VALUE")
				}
				if o.Env == nil {
					o.Env = map[string]string{}
				}
				o.Env[name] = value
			}
			return o, err
		}),
	}
}

// exited is the end of a program that ran elsewhere: its exit code becomes ours.
type exited struct {
	error
	code int
}

func (e exited) Unwrap() error { return e.error }

// JobRun runs a job of the service, or a command.
func JobRun(ctx context.Context, s ui.Streams, d Deps, o JobRunOptions) error {
	set, jobs, err := openJobs(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	at, to := set.Service(), s.Out
	if o.JSON {
		to = s.Err // the result alone is data
	}
	watch := release.Watch{
		Async: o.Async, Line: func(l release.Line) { fmt.Fprintln(to, l.Text) },
		Began: func(execution string) { fmt.Fprintln(s.Err, "running "+execution) },
	}
	var e release.Execution
	if len(o.Command) > 0 {
		e, err = jobs.RunOnce(ctx, at, o.Command, o.Env, watch)
	} else {
		e, err = jobs.RunJob(ctx, at, o.Name, release.Run{}, watch)
	}
	if err != nil {
		return err
	}
	if o.JSON {
		if err := ui.WriteJSON(s.Out, e); err != nil {
			return err
		}
	}
	if o.Async {
		if len(o.Command) > 0 && !o.JSON {
			fmt.Fprintf(s.Err, "its job stays until it has ended and another command is run, or `gcpdeploy job delete %s`\n", e.Job)
		}
		return nil
	}
	if e.Succeeded {
		return nil
	}
	what := "the job " + o.Name
	if len(o.Command) > 0 {
		what = "the command"
	}
	exit := ""
	if e.Exit != 0 {
		exit = fmt.Sprintf(" with exit code %d", e.Exit)
	}
	err = errs.New(errs.Build, "", "%s failed%s: %s", what, exit, e.Message)
	if o.JSON {
		err = reported{err}
	}
	return exited{err, max(e.Exit, 1)}
}
