package cmd

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

func logsCommand(s ui.Streams, d Deps) *cli.Command {
	return &cli.Command{
		Name:  "logs",
		Usage: "print the service's log, or a build's",
		Flags: appFlags(
			&cli.BoolFlag{Name: "build", Usage: "the log of the service's newest build; follows one that runs"},
			&cli.IntFlag{Name: "limit", Value: 200, Usage: "at most so many of the newest lines of the service"},
		),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			if c.Bool("build") {
				return BuildLogs(c.Context, s, d, appOptions(c), c.Bool("json"))
			}
			return ServiceLogs(c.Context, s, d, appOptions(c), c.Int("limit"), c.Bool("json"))
		},
	}
}

// logLine is a line of `logs --json`.
type logLine struct {
	Time     string `json:"time,omitempty"`
	Revision string `json:"revision,omitempty"`
	Text     string `json:"text"`
}

// BuildLogs prints the log of the newest build of the service.
func BuildLogs(ctx context.Context, s ui.Streams, d Deps, o AppOptions, asJSON bool) error {
	sv, err := openService(ctx, d, o)
	if err != nil {
		return err
	}
	defer sv.Close()
	report := ui.NewHuman(s, false, d.Now)
	defer report.Close()
	b := sv.builds(report)
	last, ok, err := sv.newest(ctx, b)
	if err != nil {
		return err
	}
	if !ok {
		return errs.New(errs.NotFound, "Run `gcpdeploy up`.", "there is no build of %s", sv.config.Service)
	}
	if !asJSON {
		_, err = b.Watch(ctx, last, s.Out)
		return err
	}
	var text strings.Builder
	if _, err := b.Watch(ctx, last, &text); err != nil {
		return err
	}
	for lines := bufio.NewScanner(strings.NewReader(text.String())); lines.Scan(); {
		if err := ui.WriteJSON(s.Out, logLine{Text: lines.Text()}); err != nil {
			return err
		}
	}
	return nil
}

// ServiceLogs prints the newest lines of the service's log.
func ServiceLogs(ctx context.Context, s ui.Streams, d Deps, o AppOptions, limit int, asJSON bool) error {
	if limit < 1 {
		return errs.New(errs.Usage, "Give a number of 1 or more.", "--limit is %d", limit)
	}
	sv, err := openService(ctx, d, o)
	if err != nil {
		return err
	}
	defer sv.Close()
	lines, err := sv.target.Logs(ctx, sv.release(), limit)
	if err != nil {
		return err
	}
	for _, l := range lines {
		at := l.Time.UTC().Format(time.RFC3339)
		if asJSON {
			if err := ui.WriteJSON(s.Out, logLine{at, l.Revision, l.Text}); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(s.Out, "%s %s %s\n", at, l.Revision, l.Text)
	}
	return nil
}
