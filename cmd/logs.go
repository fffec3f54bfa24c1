package cmd

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// LogsOptions are the options of `logs`.
type LogsOptions struct {
	App clients.App
	Output
	Follow bool

	Build bool   // a build's log instead of the service's
	ID    string // of the build; "" = the newest
	Step  string // "" = all

	Limit              int // lines of the service that are there
	Since              time.Duration
	Revision, Severity string
}

// Validate refuses impossible values.
func (o LogsOptions) Validate() error {
	const ofBuilds = "Give it with --build."
	switch {
	case o.ID != "" && !o.Build:
		return errs.New(errs.Usage, "Put --build before a build's ID.", "unexpected argument %q", o.ID)
	case o.Step != "" && !o.Build:
		return errs.New(errs.Usage, ofBuilds, "--step is of a build's log")
	case o.Build && (o.Since != 0 || o.Revision != "" || o.Severity != ""):
		return errs.New(errs.Usage, "Leave --build out.", "--since, --revision and --severity are of the service's log")
	case !o.Build && o.Limit < 1:
		return errs.New(errs.Usage, "Give a number of 1 or more.", "--limit is %d", o.Limit)
	case o.Since < 0:
		return errs.New(errs.Usage, "Give a time such as 1h.", "--since is %s", o.Since)
	case o.Severity != "" && !slices.Contains(release.Severities, o.Severity):
		return errs.New(errs.Usage, "Give one of "+strings.Join(release.Severities, ", ")+".", "--severity is %q", o.Severity)
	}
	return nil
}

func logsCommand(s ui.Streams, d Deps, run Func[LogsOptions]) *cli.Command {
	return &cli.Command{
		Name:      "logs",
		Usage:     "print the service's log, or a build's",
		ArgsUsage: "[BUILD]",
		Flags: append(shared(theService), jsonFlag(),
			&cli.BoolFlag{Name: "build", Usage: "the log of a build: of the service's newest, or of the one whose ID follows"},
			&cli.StringFlag{Name: "step", Usage: "only what a `STEP` of the build printed"},
			&cli.BoolFlag{Name: "follow", Aliases: []string{"f"}, Usage: "go on with what is to come: of a service until Ctrl-C, of a build to its end"},
			&cli.IntFlag{Name: "limit", Value: 200, Usage: "at most so many of the newest lines of the service"},
			&cli.DurationFlag{Name: "since", Usage: "only lines of the service from within this `TIME`, such as 1h"},
			&cli.StringFlag{Name: "revision", Usage: "only what a `REVISION` of the service wrote"},
			&cli.StringFlag{Name: "severity", Usage: "only lines of the service of that `SEVERITY` or a greater one, such as ERROR"},
		),
		Action: action(s, d, run, func(c *cli.Context) (LogsOptions, error) {
			args, err := arguments(c, 1)
			o := LogsOptions{
				App: appOptions(c), Output: outputOptions(c), Follow: c.Bool("follow"),
				Build: c.Bool("build"), ID: strings.Join(args, ""), Step: c.String("step"),
				Limit: c.Int("limit"), Since: c.Duration("since"), Revision: c.String("revision"), Severity: strings.ToUpper(c.String("severity")),
			}
			return o, err
		}),
	}
}

// Logs prints the service's log, or a build's.
func Logs(ctx context.Context, s ui.Streams, d Deps, o LogsOptions) error {
	set, err := clients.Open(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	if o.Build {
		return buildLog(ctx, s, d, set, o)
	}
	q := release.Query{Limit: o.Limit, Revision: o.Revision, Severity: o.Severity, Follow: o.Follow}
	if o.Since > 0 {
		q.Since = d.Now().Add(-o.Since)
	}
	err = set.Target().Logs(ctx, set.Service(), q, func(l release.Line) error {
		return printLine(s, o.JSON, logLine{l.Time.UTC().Format(time.RFC3339), l.Revision, l.Severity, l.Text})
	})
	return stopped(ctx, o.Follow, err)
}

// logLine is a line of `logs --json`.
type logLine struct {
	Time     string `json:"time,omitempty"`
	Revision string `json:"revision,omitempty"`
	Severity string `json:"severity,omitempty"`
	Text     string `json:"text"`
}
