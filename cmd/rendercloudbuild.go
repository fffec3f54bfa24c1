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
	Archive string // the file to write the source archive to; "" = none
}

func renderCloudBuildCommand(s ui.Streams, d Deps, run Func[RenderCloudBuildOptions]) *cli.Command {
	return &cli.Command{
		Name:  "cloudbuild",
		Usage: "print the build that `up` would submit, for `gcloud builds submit --config`",
		Flags: append(shared(everything), jsonFlag(),
			&cli.StringFlag{Name: "archive", Usage: "`FILE` (.tgz) to write the source to that the build starts from"}),
		Action: action(s, d, run, func(c *cli.Context) (RenderCloudBuildOptions, error) {
			return RenderCloudBuildOptions{App: appOptions(c), Output: outputOptions(c), Archive: c.String("archive")}, nil
		}),
	}
}

// RenderCloudBuild prints the build of the plan, and writes its source. It reads,
// and changes nothing else.
func RenderCloudBuild(ctx context.Context, s ui.Streams, d Deps, o RenderCloudBuildOptions) error {
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
