package cmd

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// LogsOptions are the options of `logs`.
type LogsOptions struct {
	App clients.App
	Output
	Build bool // the newest build's log instead of the service's
	Limit int  // lines of the service
}

// Validate refuses impossible values.
func (o LogsOptions) Validate() error {
	if !o.Build && o.Limit < 1 {
		return errs.New(errs.Usage, "Give a number of 1 or more.", "--limit is %d", o.Limit)
	}
	return nil
}

func logsCommand(s ui.Streams, d Deps, run Func[LogsOptions]) *cli.Command {
	return &cli.Command{
		Name:  "logs",
		Usage: "print the service's log, or a build's",
		Flags: append(shared(theService), jsonFlag(),
			&cli.BoolFlag{Name: "build", Usage: "the log of the service's newest build; follows one that runs"},
			&cli.IntFlag{Name: "limit", Value: 200, Usage: "at most so many of the newest lines of the service"},
		),
		Action: action(s, d, run, func(c *cli.Context) (LogsOptions, error) {
			return LogsOptions{App: appOptions(c), Output: outputOptions(c), Build: c.Bool("build"), Limit: c.Int("limit")}, nil
		}),
	}
}

// Logs prints the newest lines of the service's log, or the log of its newest
// build.
func Logs(ctx context.Context, s ui.Streams, d Deps, o LogsOptions) error {
	set, err := clients.Open(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	if o.Build {
		return buildLog(ctx, s, d, set, o)
	}
	lines, err := set.Target().Logs(ctx, set.Service(), o.Limit)
	if err != nil {
		return err
	}
	for _, l := range lines {
		at := l.Time.UTC().Format(time.RFC3339)
		if !o.JSON {
			fmt.Fprintf(s.Out, "%s %s %s\n", at, l.Revision, l.Text)
		} else if err := ui.WriteJSON(s.Out, logLine{at, l.Revision, l.Text}); err != nil {
			return err
		}
	}
	return nil
}

// logLine is a line of `logs --json`.
type logLine struct {
	Time     string `json:"time,omitempty"`
	Revision string `json:"revision,omitempty"`
	Text     string `json:"text"`
}

// buildLog prints the log of the newest build, for people as it grows.
func buildLog(ctx context.Context, s ui.Streams, d Deps, set *clients.Set, o LogsOptions) error {
	report := warner(s, d)
	defer report.Close()
	last, ok, err := set.NewestBuild(ctx)
	if err != nil {
		return err
	}
	if !ok {
		return errs.New(errs.NotFound, "Run `gcpdeploy up`.", "there is no build of %s", set.Config.Service)
	}
	builds := set.Builds(report)
	if !o.JSON {
		_, err = builds.Watch(ctx, last, s.Out)
		return err
	}
	var text strings.Builder
	if _, err := builds.Watch(ctx, last, &text); err != nil {
		return err
	}
	for line := range strings.Lines(text.String()) { // however long
		if err := ui.WriteJSON(s.Out, logLine{Text: strings.TrimRight(line, "\r\n")}); err != nil {
			return err
		}
	}
	return nil
}
