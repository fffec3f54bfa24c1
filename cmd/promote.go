package cmd

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/actions"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
	"github.com/gcpdeploy/gcpdeploy/internal/promote"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// PromoteOptions are the options of `promote`.
type PromoteOptions struct {
	App clients.App
	Output
	promote.Options
	From, To string // names of `environments:`; "" = the settings outside of them
	DryRun   bool
}

// Validate refuses what makes no sense.
func (o PromoteOptions) Validate() error {
	const hint = "Give --from and --to names of `environments:`; one that is left out is what the settings say without one."
	switch {
	case o.From == "" && o.To == "":
		return errs.New(errs.Usage, hint, "neither --from nor --to names an environment")
	case o.From == o.To:
		return errs.New(errs.Usage, hint, "--from and --to are both %s", o.To)
	}
	return nil
}

func promoteCommand(s ui.Streams, d Deps, run Func[PromoteOptions]) *cli.Command {
	return &cli.Command{
		Name:      "promote",
		Usage:     "release the image that serves in one environment to another, without a build",
		ArgsUsage: oneService,
		Flags: append(shared([]string{"source", "app", "config", "local", "service", "impersonate-service-account"}), jsonFlag(), verboseFlag(),
			&cli.StringFlag{Name: "from", Usage: "`ENVIRONMENT` whose image it is, such as staging"},
			&cli.StringFlag{Name: "to", Usage: "`ENVIRONMENT` that gets it, such as prod, with the settings that it has in gcpdeploy.yaml now"},
			&cli.StringFlag{Name: "revision", Usage: "promote the image of this `REVISION`, not of the one that has all traffic"},
			&cli.BoolFlag{Name: "dry-run", Usage: "show what it would do, and do nothing"},
			noTrafficFlag(), releaseTagFlag()),
		Action: action(s, d, run, func(c *cli.Context) (PromoteOptions, error) {
			app, err := namedApp(c, 1)
			return PromoteOptions{
				App: app, Output: outputOptions(c), From: c.String("from"), To: c.String("to"), DryRun: c.Bool("dry-run"),
				Options: promote.Options{Revision: c.String("revision"), NoTraffic: c.Bool("no-traffic"), Tag: c.String("tag")},
			}, err
		}),
	}
}

// in is the app in one of the two environments.
func (o PromoteOptions) in(env string) clients.App {
	app := o.App
	app.Env = env
	return app
}

// Promote releases what serves in one environment to another, as whoever runs it: to one region of
// it after the other, where it has several.
func Promote(ctx context.Context, s ui.Streams, d Deps, o PromoteOptions) error {
	failed := ""
	return eachRegion(s, o.JSON, o.in(o.To), func(s ui.Streams, app clients.App) error {
		to, err := clients.Open(ctx, d, app)
		if err != nil {
			return err
		}
		defer to.Close()
		if failed != "" && !to.Config.RegionsTogether && !o.DryRun {
			return errs.New(errs.Build, "", "not begun, as %s failed", failed)
		}
		if err = promoteTo(ctx, s, d, o, to); err != nil {
			failed = to.Config.Region
		}
		return err
	})
}

// promoteTo is Promote to one region.
func promoteTo(ctx context.Context, s ui.Streams, d Deps, o PromoteOptions, to *clients.Set) error {
	started := d.Now()
	from, err := clients.Open(ctx, d, o.in(o.From))
	if err != nil {
		return err
	}
	defer from.Close()
	file, err := config.FileOf(o.in(o.To).Input(d))
	if err != nil {
		return err
	}
	var view ui.Reporter = ui.NewHuman(s, o.Verbose, d.Now)
	if !o.JSON {
		view = o.view(s, d)
	}
	report := actions.Of(d.Lookup).Watch(view, s.Err)
	defer report.Close()
	p := promote.Promoter{
		From: environment(from), To: environment(to),
		Copy: func(ctx context.Context, image, digest, as string) error {
			return to.CopyFrom(ctx, from, image, digest, as)
		},
		Busy: to.Deploying, File: file, Version: d.Version(), Asks: to.Caller(), Report: report, Clock: poll.System,
	}
	m, err := p.Look(ctx, o.Options)
	if err != nil {
		return err
	}
	if o.DryRun {
		report.Close()
		return showPromotion(s, o, p, m)
	}
	report.Head(promotionLine(p, m))
	if m.Origin != nil {
		report.Note("it is " + m.Origin.String())
	}
	report.Note("the settings are " + settingsOf(p, m))
	for _, n := range m.Notes {
		report.Note(n)
	}
	r, err := p.Do(ctx, m, release.Run{ID: "promote-" + strings.ToLower(rand.Text())[:8], Started: started})
	report.Close()
	r.Seconds = d.Now().Sub(started).Seconds()
	err = errors.Join(err, stepOutput(d, r, r.Status != "", err))
	tellGitHub(d, report, promotedForGitHub(r, err))
	if o.JSON && r.Status != "" {
		if werr := ui.WriteJSON(s.Out, r); werr != nil || err == nil {
			return werr
		}
	}
	if err != nil {
		return err
	}
	printPromoted(s, o, p, r)
	return nil
}

// environment is where a set of clients leads to.
func environment(set *clients.Set) promote.Environment {
	return promote.Environment{Config: set.Config, Kind: set.Kind(), Target: set.Target(), Registry: set.Registry()}
}

// promotedForGitHub is what a promotion came to.
func promotedForGitHub(r promote.Result, failed error) forGitHub {
	return forGitHub{ended: r.URL, failed: failed, outputs: []actions.Output{
		{Name: "status", Value: r.Status}, {Name: "service", Value: r.Service}, {Name: "url", Value: r.URL},
		{Name: "revision", Value: r.Revision}, {Name: "image", Value: r.Image},
	}}
}

// printPromoted is the end for people: what came of it on Err, the URL on Out.
func printPromoted(s ui.Streams, o PromoteOptions, p promote.Promoter, r promote.Result) {
	took, app := ui.Duration(time.Duration(r.Seconds*float64(time.Second))), o.in(o.To)
	same := strings.Join(app.Same(), " ")
	switch {
	case r.Status == "nothing_to_do" && r.Percent == 0:
		fmt.Fprintf(s.Err, "nothing to do: %s is of this image and configuration, and has no traffic (%s)\n", r.Revision, took)
	case r.Status == "nothing_to_do":
		fmt.Fprintf(s.Err, "nothing to do: %s serves this image and configuration%s (%s)\n", r.Revision, share(",", r.Percent), took)
	case r.Percent == 0:
		fmt.Fprintf(s.Err, "%s is ready in %s, without traffic, after %s\n", r.Revision, p.To.Name(), took)
		fmt.Fprintf(s.Err, "`gcpdeploy traffic --to-latest %s` gives it all traffic\n", same)
	default:
		fmt.Fprintf(s.Err, "%s serves %s%s after %s\n", r.Revision, p.To.Name(), share(",", r.Percent), took)
	}
	if r.Private {
		fmt.Fprintln(s.Err, private(p.To.Kind, app))
	}
	fmt.Fprintln(s.Out, r.URL)
}
