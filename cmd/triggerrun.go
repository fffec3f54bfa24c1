package cmd

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// TriggerRunOptions are the options of `trigger run`.
type TriggerRunOptions struct {
	App clients.App
	Output
	Name string // "" = the service's only one
	At   clients.TriggerAt
	Wait bool
}

// Validate refuses what makes no sense.
func (o TriggerRunOptions) Validate() error {
	given := 0
	for _, s := range []string{o.At.Branch, o.At.Tag, o.At.Commit} {
		if s != "" {
			given++
		}
	}
	if given > 1 {
		return errs.New(errs.Usage, "Give one of them.", "--branch, --tag and --commit exclude each other")
	}
	return nil
}

func triggerRunCommand(s ui.Streams, d Deps, run Func[TriggerRunOptions]) *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "start a trigger's build, and print its ID",
		ArgsUsage: "[NAME]",
		Flags: append(shared(theTriggers), jsonFlag(),
			&cli.StringFlag{Name: "branch", Usage: "build this `BRANCH` (default: the trigger's)"},
			&cli.StringFlag{Name: "tag", Usage: "build this `TAG`"},
			&cli.StringFlag{Name: "commit", Aliases: []string{"sha"}, Usage: "build this `COMMIT`"},
			&cli.BoolFlag{Name: "wait", Usage: "follow its log to the end"},
		),
		Action: action(s, d, run, func(c *cli.Context) (TriggerRunOptions, error) {
			args, err := arguments(c, 1)
			return TriggerRunOptions{
				App: appOptions(c), Output: outputOptions(c), Name: strings.Join(args, ""), Wait: c.Bool("wait"),
				At: clients.TriggerAt{Branch: c.String("branch"), Tag: c.String("tag"), Commit: c.String("commit")},
			}, err
		}),
	}
}

// ranReport is `trigger run --json`.
type ranReport struct {
	Trigger string          `json:"trigger"`
	Build   buildReport     `json:"build"`
	Result  json.RawMessage `json:"result,omitempty"` // what the run in the build came to, where it was waited for
}

// TriggerRun runs a trigger.
func TriggerRun(ctx context.Context, s ui.Streams, d Deps, o TriggerRunOptions) error {
	set, err := clients.Open(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	t, err := set.TriggerNamed(ctx, o.Name)
	if err != nil {
		return err
	}
	at, err := whereToRun(t, o.At)
	if err != nil {
		return err
	}
	build, err := set.RunTrigger(ctx, t, at)
	if err != nil {
		return err
	}
	if build.Status == plan.Pending {
		fmt.Fprintf(s.Err, "somebody has to agree to build %s: %s\n", build.Build, build.LogURL)
	}
	if o.Wait {
		if build, err = follow(ctx, s, d, set, build, o.JSON); err != nil {
			return err
		}
	}
	if o.JSON {
		r := ranReport{Trigger: t.Name, Build: buildReport{build.Build, string(build.Status), build.LogURL}}
		if o.Wait && len(build.Steps) == 1 && json.Valid(build.Steps[0].Output) {
			r.Result = build.Steps[0].Output
		}
		if err := ui.WriteJSON(s.Out, r); err != nil {
			return err
		}
	} else {
		fmt.Fprintln(s.Out, build.Build)
	}
	if o.Wait && build.Status != plan.Success {
		err := errs.New(errs.Build, build.Hint, "build %s of the trigger %s ended with %s: %s", build.Build, t.Name, build.Status, build.Detail)
		if o.JSON {
			return reported{err}
		}
		return err
	}
	return nil
}

// literal is a pattern that only one name matches.
var literal = regexp.MustCompile(`^\^((?:[A-Za-z0-9_/-]|\\.)+)\$$`)

// whereToRun is what a trigger is run for: what was asked for, or the only branch that it is of.
func whereToRun(t clients.Trigger, asked clients.TriggerAt) (clients.TriggerAt, error) {
	if asked != (clients.TriggerAt{}) {
		return asked, nil
	}
	event, pattern := t.Event()
	switch m := literal.FindStringSubmatch(pattern); {
	case event == clients.Manual && t.SourceToBuild != nil:
		return asked, nil
	case event == clients.OnBranch && m != nil:
		return clients.TriggerAt{Branch: strings.ReplaceAll(m[1], `\`, "")}, nil
	case event == clients.OnTag:
		return asked, errs.New(errs.Usage, "Name one with --tag.", "which tag %s is to build is not known", t.Name)
	}
	return asked, errs.New(errs.Usage, "Name it with --branch, or a commit with --commit.", "which branch %s is to build is not known", t.Name)
}

// follow shows what the run in a build prints, and gives the build as it ended.
func follow(ctx context.Context, s ui.Streams, d Deps, set *clients.Set, build plan.Outcome, quiet bool) (plan.Outcome, error) {
	report := warner(s, d)
	defer report.Close()
	log := io.WriteCloser(nopCloser{s.Err})
	if quiet {
		log = nopCloser{io.Discard}
	} else if len(build.Steps) == 1 {
		step, err := engine.OfStep(s.Err, build, build.Steps[0].ID)
		if err != nil {
			return build, err
		}
		log = step
	}
	ended, err := set.Builds(report).Watch(ctx, build, log)
	if cerr := log.Close(); err == nil {
		err = cerr
	}
	if ctx.Err() != nil {
		return build, errs.New(errs.Interrupted, "Run `gcpdeploy logs --build --follow "+build.Build+"` to come back to it.", "interrupted; build %s goes on", build.Build)
	}
	return ended, err
}

type nopCloser struct{ io.Writer }

// Close does nothing.
func (nopCloser) Close() error { return nil }
