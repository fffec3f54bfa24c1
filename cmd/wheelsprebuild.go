package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// WheelsPrebuildOptions are the options of `wheels prebuild`.
type WheelsPrebuildOptions struct {
	App clients.App
	Output
	Markdown bool // the result is a comment for a pull request
}

// Validate refuses what makes no sense.
func (o WheelsPrebuildOptions) Validate() error {
	if o.JSON && o.Markdown {
		return errs.New(errs.Usage, "Leave one of them out.", "--json and --markdown exclude each other")
	}
	return nil
}

func wheelsPrebuildCommand(s ui.Streams, d Deps, run Func[WheelsPrebuildOptions]) *cli.Command {
	return &cli.Command{
		Name:  "prebuild",
		Usage: "make wheels, runtime and test packages under their keys, and no more: the next deploy of these requirements builds none",
		Flags: append(shared(everything), jsonFlag(), verboseFlag(),
			&cli.BoolFlag{Name: "markdown", Category: output, Usage: "print what came of it as a comment for a pull request"}),
		Action: action(s, d, run, func(c *cli.Context) (WheelsPrebuildOptions, error) {
			return WheelsPrebuildOptions{App: appOptions(c), Output: outputOptions(c), Markdown: c.Bool("markdown")}, nil
		}),
	}
}

// WheelsPrebuild leaves under their keys what all deploys with these requirements
// share. Exit code 0 is that they are there.
func WheelsPrebuild(ctx context.Context, s ui.Streams, d Deps, o WheelsPrebuildOptions) error {
	started := d.Now()
	report := o.reporter(s, d)
	defer report.Close()
	app, set, err := clients.OpenApp(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	e, err := set.Runner(ctx, app, report)
	if err != nil {
		return err
	}
	first := true
	r, err := e.Prebuild(ctx, app, started, func(p plan.Plan) {
		if first {
			report.Head(fmt.Sprintf("wheels of %s, %s, %s", p.Service, p.Release.Project, p.Release.Region))
			reportNotes(report, app, p)
		}
		first = false
		reportKeys(report, p)
	})
	report.Close()
	r.Seconds = d.Now().Sub(started).Seconds()
	err = errors.Join(err, stepOutput(d, r, err == nil, err))
	tellGitHub(d, report, prebuiltForGitHub(r, err))
	if err != nil {
		return err
	}
	switch {
	case o.JSON:
		return ui.WriteJSON(s.Out, r)
	case o.Markdown:
		fmt.Fprint(s.Out, prebuiltMarkdown(r))
	default:
		for _, c := range r.Shared.Changed {
			fmt.Fprintln(s.Out, c)
		}
	}
	took := ui.Duration(time.Duration(r.Seconds * float64(time.Second)))
	if r.Status == "nothing_to_do" {
		fmt.Fprintf(s.Err, "nothing to do: %s (%s)\n", prebuiltWords(r.Shared, "there"), took)
		return nil
	}
	fmt.Fprintf(s.Err, "%s, after %s; a deploy of these requirements builds none of it\n", prebuiltWords(r.Shared, "there"), took)
	return nil
}

// prebuiltWords is the images in a few words.
func prebuiltWords(s *engine.Shared, there string) string {
	all := []string{fmt.Sprintf("wheels (%s, %s)", ui.Count(len(s.Packages), "package"), ui.Bytes(s.Wheels.Bytes)), "runtime (" + ui.Bytes(s.Runtime.Bytes) + ")"}
	if s.TestEnv != nil {
		all = append(all, "test packages ("+ui.Bytes(s.TestEnv.Bytes)+")")
	}
	last := len(all) - 1
	return strings.Join(all[:last], ", ") + " and " + all[last] + " are " + there
}
