package cmd

import (
	"context"
	"fmt"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// RenderCloudBuildOptions are the options of `render cloudbuild`.
type RenderCloudBuildOptions struct {
	App clients.App
	Output
	Archive   string   // the file to write the source archive to; "" = none
	Trigger   bool     // instead of the plan's build one whose step is this program
	NoRelease bool     // of Trigger: its step releases nothing
	Args      []string // of Trigger: what its step runs; none = up
}

// Validate refuses what makes no sense.
func (o RenderCloudBuildOptions) Validate() error {
	switch {
	case o.Trigger && o.Archive != "":
		return errs.New(errs.Usage, "Leave one of them out.", "--archive and --trigger exclude each other: a trigger's source is the repository")
	case !o.Trigger && o.NoRelease:
		return errs.New(errs.Usage, "Add --trigger.", "--no-release is of the step that --trigger writes")
	case !o.Trigger && len(o.Args) > 0:
		return errs.New(errs.Usage, "Name the app's folder with --source; arguments of a trigger's step go with --trigger.", "unexpected argument %q", o.Args[0])
	}
	return nil
}

func renderCloudBuildCommand(s ui.Streams, d Deps, run Func[RenderCloudBuildOptions]) *cli.Command {
	return &cli.Command{
		Name:      "cloudbuild",
		Usage:     "print the build that `up` would submit, for `gcloud builds submit --config`; with --trigger one whose step runs `up` itself",
		ArgsUsage: "[-- ARGUMENTS]",
		Flags: append(shared(everything), jsonFlag(),
			&cli.StringFlag{Name: "archive", Usage: "`FILE` (.tgz) to write the source to that the build starts from"},
			&cli.BoolFlag{Name: "trigger", Usage: "print a build of one step, which runs this program with the arguments behind --, without any up: for a trigger of your own"},
			&cli.BoolFlag{Name: "no-release", Usage: "with --trigger: its step builds and tests, and releases nothing"}),
		Action: action(s, d, run, func(c *cli.Context) (RenderCloudBuildOptions, error) {
			return RenderCloudBuildOptions{App: appOptions(c), Output: outputOptions(c), Archive: c.String("archive"),
				Trigger: c.Bool("trigger"), NoRelease: c.Bool("no-release"), Args: c.Args().Slice()}, nil
		}),
	}
}

// RenderCloudBuild prints the build of the plan, and writes its source. It reads,
// and changes nothing else.
func RenderCloudBuild(ctx context.Context, s ui.Streams, d Deps, o RenderCloudBuildOptions) error {
	if o.Trigger {
		return renderTrigger(ctx, s, d, o)
	}
	report := warner(s, d)
	defer report.Close()
	app, set, err := clients.OpenApp(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	build, err := set.Engine(app, report).Prepare(ctx, app)
	if err != nil {
		return err
	}
	text, err := set.BuildConfig(build.Plan, d.Now(), build.Tags, o.JSON)
	if err != nil {
		return err
	}
	if o.Archive != "" {
		f, err := os.Create(o.Archive)
		if err == nil {
			err = build.Source.Write(ctx, f)
			if cerr := f.Close(); err == nil {
				err = cerr
			}
		}
		if err != nil {
			return errs.New(errs.Usage, "Choose a file that can be written with --archive.", "%w", err)
		}
		fmt.Fprintln(s.Err, "wrote "+o.Archive)
	}
	for _, n := range build.Plan.Notes {
		report.Warn(n)
	}
	report.Close()
	_, err = s.Out.Write(text)
	return err
}
