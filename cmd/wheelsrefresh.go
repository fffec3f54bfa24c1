package cmd

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// RefreshOptions are the options of `wheels refresh`.
type RefreshOptions struct {
	App      AppOptions
	JSON     bool
	Verbose  bool
	DryRun   bool
	Cooldown time.Duration // only packages uploaded longer ago are taken; 0 = all
}

// Validate refuses what makes no sense.
func (o RefreshOptions) Validate() error {
	if o.Cooldown < 0 {
		return errs.New(errs.Usage, "Write --cooldown 72h.", "--cooldown is %s, and must not be negative", o.Cooldown)
	}
	return nil
}

func refreshCommand(s ui.Streams, d Deps, run func(context.Context, ui.Streams, Deps, RefreshOptions) error) *cli.Command {
	return &cli.Command{
		Name:  "refresh",
		Usage: "resolve the requirements again; what changed is built, tested, and then used by the next deploy",
		Flags: appFlags(
			&cli.BoolFlag{Name: "dry-run", Usage: "only say what would change"},
			&cli.DurationFlag{Name: "cooldown", Usage: "take nothing that was uploaded to the index within this `TIME`, such as 72h"},
			&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "show the builds' logs"},
		),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			o := RefreshOptions{App: appOptions(c), JSON: c.Bool("json"), Verbose: c.Bool("verbose"), DryRun: c.Bool("dry-run"), Cooldown: c.Duration("cooldown")}
			if err := o.Validate(); err != nil {
				return err
			}
			return run(c.Context, s, d, o)
		},
	}
}

// Refresh resolves the requirements of what is deployed again, and promotes what
// came of it once its tests passed. Exit code 0 is nothing to do, or promoted.
func Refresh(ctx context.Context, s ui.Streams, d Deps, o RefreshOptions) error {
	started := d.Now()
	var report ui.Reporter = ui.NewJSON(s)
	if !o.JSON {
		report = ui.NewHuman(s, o.Verbose, d.Now)
	}
	defer report.Close()
	sess, done, err := openDeployed(ctx, d, o.App, report)
	if err != nil {
		return err
	}
	defer done()
	builder, err := sess.builder(ctx)
	if err != nil {
		return err
	}
	app, c := sess.app, sess.app.Config
	report.Head(fmt.Sprintf("refreshing the wheels of %s, %s, %s", c.Service, c.Project, c.Region))
	if o.Cooldown > 0 {
		app = app.UploadedBefore(started.Add(-o.Cooldown))
	}
	r, err := sess.engine.Refresh(ctx, app, builder, o.DryRun, started)
	report.Close()
	r.Seconds = d.Now().Sub(started).Seconds()
	if err != nil {
		return err
	}
	if o.JSON {
		return ui.WriteJSON(s.Out, r)
	}
	printRefresh(s, r)
	return nil
}

// openDeployed is open for the source that the service was last deployed from,
// or for the one at hand where it was not deployed yet. done removes what it needed.
func openDeployed(ctx context.Context, d Deps, o AppOptions, report ui.Reporter) (sess *session, done func(), err error) {
	c, err := config.Load(o.input(d))
	if err != nil {
		return nil, nil, err
	}
	temp, err := os.MkdirTemp("", "gcpdeploy-refresh-")
	if err != nil {
		return nil, nil, err
	}
	remove := func() { _ = os.RemoveAll(temp) }
	defer func() {
		if err != nil {
			remove()
		}
	}()
	// The folder's name is the service's where nothing else says it.
	dir := filepath.Join(temp, c.Service)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, nil, err
	}
	where, err := place(ctx, d, o, c)
	if err != nil {
		return nil, nil, err
	}
	there, err := deployed(ctx, where, c, report, dir)
	if err != nil {
		return nil, nil, err
	}
	if !there {
		report.Note("the service was not deployed yet: its source is the one at hand")
	} else {
		o.Source = dir
		if o.Config != "" { // relative to where we are, not to what was deployed
			if o.Config, err = filepath.Abs(o.Config); err != nil {
				return nil, nil, err
			}
		}
	}
	if sess, err = open(ctx, d, o, report); err != nil {
		return nil, nil, err
	}
	return sess, func() { _ = sess.Close(); remove() }, nil
}

func printRefresh(s ui.Streams, r engine.RefreshResult) {
	for _, c := range r.Changed {
		fmt.Fprintln(s.Out, c)
	}
	took := ui.Duration(time.Duration(r.Seconds * float64(time.Second)))
	switch r.Status {
	case "nothing_to_do":
		fmt.Fprintf(s.Err, "nothing to do: all %s are the newest that the requirements allow (%s)\n", ui.Count(r.Packages, "package"), took)
	case "would_change":
		fmt.Fprintf(s.Err, "%s would change; run it without --dry-run (%s)\n", ui.Count(len(r.Changed), "package"), took)
	default:
		fmt.Fprintf(s.Err, "%s changed, tested, and in the next deploy (%s)\n", ui.Count(len(r.Changed), "package"), took)
	}
}
