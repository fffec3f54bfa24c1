package cmd

import (
	"context"
	"regexp"
	"slices"
	"strconv"
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
	Trace              string // of one request
	ByRequest          bool   // lines of one request together

	Requests bool   // what was asked alone
	Status   string // of them: "500", "5xx", "400-499"
	Slower   time.Duration
}

// ofService says which option is of a service's log alone, "" where none is given.
func (o LogsOptions) ofService() string {
	for _, f := range []struct {
		name  string
		given bool
	}{
		{"since", o.Since != 0}, {"revision", o.Revision != ""}, {"severity", o.Severity != ""}, {"trace", o.Trace != ""},
		{"by-request", o.ByRequest}, {"requests", o.Requests}, {"status", o.Status != ""}, {"slower", o.Slower != 0},
	} {
		if f.given {
			return f.name
		}
	}
	return ""
}

// Validate refuses impossible values.
func (o LogsOptions) Validate() error {
	const ofBuilds = "Give it with --build."
	switch {
	case o.ID != "" && !o.Build:
		return errs.New(errs.Usage, "Put --build before a build's ID.", "unexpected argument %q", o.ID)
	case o.Step != "" && !o.Build:
		return errs.New(errs.Usage, ofBuilds, "--step is of a build's log")
	case o.Build && o.ofService() != "":
		return errs.New(errs.Usage, "Leave --build out.", "--%s is of the service's log", o.ofService())
	case !o.Build && o.Limit < 1:
		return errs.New(errs.Usage, "Give a number of 1 or more.", "--limit is %d", o.Limit)
	case o.Since < 0:
		return errs.New(errs.Usage, "Give a time such as 1h.", "--since is %s", o.Since)
	case !o.Requests && (o.Status != "" || o.Slower != 0):
		return errs.New(errs.Usage, "Give --requests.", "--status and --slower are of requests")
	case o.Slower < 0:
		return errs.New(errs.Usage, "Give a time such as 500ms.", "--slower is %s", o.Slower)
	case o.ByRequest && o.Follow:
		return errs.New(errs.Usage, "Leave one of them out; --trace with --follow shows one request as it goes.",
			"--by-request puts together what was written, and --follow shows what is to come")
	case o.ByRequest && o.Requests:
		return errs.New(errs.Usage, "Leave one of them out.", "--by-request shows what the app wrote for each request, and --requests leaves that out")
	case o.Trace != "" && !traceForm.MatchString(o.Trace):
		return errs.New(errs.Usage, "Give what a line of `gcpdeploy logs --json` has as its trace: 32 hexadecimal digits.", "--trace is %q", o.Trace)
	case o.Severity != "" && !slices.Contains(release.Severities, o.Severity):
		return errs.New(errs.Usage, "Give one of "+strings.Join(release.Severities, ", ")+".", "--severity is %q", o.Severity)
	}
	_, _, err := statuses(o.Status)
	return err
}

// traceForm is of a trace's ID (w3.org/TR/trace-context).
var traceForm = regexp.MustCompile(`^[0-9a-f]{32}$`)

// statuses reads one status, 5xx, or the first and the last of some.
func statuses(text string) (least, most int, err error) {
	if text == "" {
		return 0, 0, nil
	}
	first, last, some := strings.Cut(text, "-")
	if class, ok := strings.CutSuffix(text, "xx"); ok {
		first, last, some = class+"00", class+"99", true
	}
	if !some {
		last = first
	}
	least, err1 := strconv.Atoi(first)
	most, err2 := strconv.Atoi(last)
	if err1 != nil || err2 != nil || least < 100 || most > 599 || least > most {
		return 0, 0, errs.New(errs.Usage, "Give a status, or some: 404, 5xx, 400-499.", "--status is %q", text)
	}
	return least, most, nil
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
			&cli.StringFlag{Name: "trace", Usage: "only what belongs to one request of the service, by the `ID` of its trace"},
			&cli.BoolFlag{Name: "by-request", Usage: "each request of the service, and below it what the app wrote for it"},
			&cli.BoolFlag{Name: "requests", Usage: "only what the service was asked, and how it answered"},
			&cli.StringFlag{Name: "status", Usage: "with --requests: only those answered with a `STATUS`, such as 404, 5xx or 400-499"},
			&cli.DurationFlag{Name: "slower", Usage: "with --requests: only those that took longer than a `TIME`, such as 500ms"},
		),
		Action: action(s, d, run, func(c *cli.Context) (LogsOptions, error) {
			args, err := arguments(c, 1)
			o := LogsOptions{
				App: appOptions(c), Output: outputOptions(c), Follow: c.Bool("follow"),
				Build: c.Bool("build"), ID: strings.Join(args, ""), Step: c.String("step"),
				Limit: c.Int("limit"), Since: c.Duration("since"), Revision: c.String("revision"), Severity: strings.ToUpper(c.String("severity")),
				Trace: strings.ToLower(c.String("trace")), ByRequest: c.Bool("by-request"),
				Requests: c.Bool("requests"), Status: c.String("status"), Slower: c.Duration("slower"),
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
	lines := lineWriter{out: s.Out, json: o.JSON}
	each := lines.print
	if o.ByRequest {
		each = lines.keep
	}
	err = set.Target().Logs(ctx, set.Service(), o.query(d.Now()), each)
	if err == nil {
		err = lines.printGroups()
	}
	return stopped(ctx, o.Follow, err)
}

// query is which lines are wanted.
func (o LogsOptions) query(now time.Time) release.Query {
	q := release.Query{Limit: o.Limit, Revision: o.Revision, Severity: o.Severity, Follow: o.Follow, Trace: o.Trace}
	if o.Since > 0 {
		q.Since = now.Add(-o.Since)
	}
	if o.Requests {
		q.Requests = &release.Requests{Slower: o.Slower}
		q.Requests.Least, q.Requests.Most, _ = statuses(o.Status) // Validate has read it
	}
	return q
}
