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
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// UpOptions are the options of `up`.
type UpOptions struct {
	App clients.App
	Output
	Async     bool // leave the build once it is submitted
	NoRelease bool // build and test, and release nothing
	NoTraffic bool // release, and give it no traffic
	Tag       string
	Preview   string // its name, or auto; "" = it is none

	ChangedSince string // a commit: what has not changed since then is left out
}

// Validate refuses what makes no sense.
func (o UpOptions) Validate() error {
	if o.NoRelease && o.NoTraffic {
		return errs.New(errs.Usage, "Leave one of them out.", "--no-release and --no-traffic exclude each other: what is not released gets no traffic")
	}
	if o.Preview != "" && (o.NoRelease || o.NoTraffic || o.Tag != "") {
		return errs.New(errs.Usage, "Leave the others out: a preview has a name of its own, and no traffic.", "--preview goes with none of --no-release, --no-traffic and --tag")
	}
	if o.NoRelease && o.Tag != "" {
		return errs.New(errs.Usage, "Leave one of them out.", "--no-release and --tag exclude each other: what is not released has no tag")
	}
	if o.Async && o.NoRelease {
		return errs.New(errs.Usage, "Leave one of them out.", "--async and --no-release exclude each other: nobody would hear how the tests went")
	}
	return nil
}

// noReleaseFlag is of what plans a deploy.
func noReleaseFlag() cli.Flag {
	return &cli.BoolFlag{Name: "no-release", Usage: "build the image and run its tests; release nothing, and leave no tag that says it was tested"}
}

// noTrafficFlag is of what plans a deploy. Its other name is what App Engine's users know.
func noTrafficFlag() cli.Flag {
	return &cli.BoolFlag{Name: "no-traffic", Aliases: []string{"no-promote"}, Usage: "release, and leave the traffic as it is, for the command traffic to move"}
}

// releaseTagFlag is of what plans a deploy.
func releaseTagFlag() cli.Flag {
	return &cli.StringFlag{Name: "tag", Usage: "release under a `TAG`, by which the revision has a URL of its own, with --no-traffic or without"}
}

func previewFlag() cli.Flag {
	return &cli.StringFlag{Name: "preview", Usage: "show it beside what serves, without traffic, under a `NAME`; auto: pr- and the number of the pull request that this run is of"}
}

// setRelease has an app released as the options say.
func (o UpOptions) setRelease(app *engine.App, to release.Kind) error {
	app.Goal, app.Release.NoTraffic, app.Release.Tag = goal(o.NoRelease), o.NoTraffic, o.Tag
	switch {
	case o.Preview != "":
		return o.setPreview(app, to)
	case o.Tag == "":
		return nil
	case to.Tag == nil:
		return errs.New(errs.Usage, "Leave it out.", "--tag: %s knows no tags", to.Title)
	}
	if err := to.Tag(app.Release.Service, o.Tag); err != nil {
		return errs.New(errs.Usage, errs.HintOf(err), "--tag: %w", err)
	}
	return nil
}

// goal is how far a run goes.
func goal(noRelease bool) plan.Goal {
	if noRelease {
		return plan.GoalTest
	}
	return plan.GoalRelease
}

func upCommand(s ui.Streams, d Deps, run Func[UpOptions]) *cli.Command {
	return &cli.Command{
		Name:      "up",
		Usage:     "build what is missing, test the image, release it",
		ArgsUsage: anyServices,
		Flags: append(shared(everything), jsonFlag(), verboseFlag(), noReleaseFlag(), noTrafficFlag(), releaseTagFlag(), previewFlag(),
			&cli.BoolFlag{Name: "async", Usage: "print the build's ID and leave it to itself; status --wait comes back to it"},
			&cli.StringFlag{Name: "changed-since", Usage: "leave out what is made of nothing that git says has changed since a `COMMIT`"}),
		Action: action(s, d, run, func(c *cli.Context) (UpOptions, error) {
			app, err := namedApp(c, manyServices)
			return UpOptions{
				App: app, Output: outputOptions(c), Async: c.Bool("async"), NoRelease: c.Bool("no-release"), NoTraffic: c.Bool("no-traffic"), Tag: c.String("tag"), Preview: c.String("preview"),
				ChangedSince: c.String("changed-since"),
			}, err
		}),
	}
}

// eachRegion says whether a run is about each of several regions: what is not released is made
// in the first, and a preview is shown there.
func (o UpOptions) eachRegion() bool { return !o.NoRelease && o.Preview == "" }

// Up deploys the app, or several services of a repository, to one region or several. In a project that is not set
// up it offers to do that first.
func Up(ctx context.Context, s ui.Streams, d Deps, o UpOptions) error {
	o.App.EachRegion = o.eachRegion()
	err := up(ctx, s, d, o, !o.App.Local)
	if all, ok := several(err); ok {
		return upSeveral(ctx, s, d, o, all)
	}
	return err
}

func up(ctx context.Context, s ui.Streams, d Deps, o UpOptions, offers bool) error {
	started := d.Now()
	report := o.reporter(s, d)
	defer report.Close()
	app, set, err := o.open(ctx, d)
	if err != nil {
		return err
	}
	defer set.Close()
	if o.ChangedSince != "" {
		changes, err := o.App.ChangesSince(ctx, o.ChangedSince)
		if err != nil {
			return err
		}
		why, err := changes.Of(d, app, o.App)
		if err != nil || why == "" {
			return errors.Join(err, unchanged(s, d, o, set))
		}
		report.Note("changed: " + why)
	}
	r, err := o.deploy(ctx, app, set, report, started, nil)
	report.Close()
	if offers && clients.NotSetUp(err) {
		if err := offerSetup(ctx, s, d, set, o, err); err != nil {
			return err
		}
		return up(ctx, s, d, o, false) // the settings name more than before
	}
	r.Seconds = d.Now().Sub(started).Seconds()
	err = errors.Join(err, stepOutput(d, r, r.Status != "", err))
	tellGitHub(d, report, deployedForGitHub(r, err))
	if o.JSON && r.Status != "" {
		if werr := ui.WriteJSON(s.Out, r); werr != nil {
			return werr
		}
	}
	if err != nil {
		return err
	}
	if !o.JSON {
		printResult(s, r)
		if o.NoTraffic && r.Revision != "" && r.Percent == 0 {
			fmt.Fprintln(s.Err, "`"+strings.Join(append([]string{"gcpdeploy", "traffic", "--to-latest"}, o.App.Same()...), " ")+"` gives it all traffic; `gcpdeploy traffic --to-revisions` a part")
		}
		if r.Private {
			fmt.Fprintln(s.Err, private(set.Kind(), o.App))
		}
	}
	return nil
}

// open loads the app, and makes the clients of where it goes.
func (o UpOptions) open(ctx context.Context, d Deps) (*engine.App, *clients.Set, error) {
	app, set, err := clients.OpenApp(ctx, d, o.App)
	if err != nil {
		return nil, nil, err
	}
	if err := o.setRelease(app, set.Kind()); err != nil {
		return nil, nil, errors.Join(err, set.Close())
	}
	return app, set, nil
}

// deploy carries an app to its end.
func (o UpOptions) deploy(ctx context.Context, app *engine.App, set *clients.Set, report ui.Reporter, started time.Time, turns *engine.Turns) (engine.Result, error) {
	first := true
	e, err := set.Runner(ctx, app, report)
	if err != nil {
		return engine.Result{}, err
	}
	e.Turns = turns
	if e.Async = o.Async; e.Async && e.Here != nil {
		return engine.Result{}, errs.New(errs.Usage, "Leave it out, or give --build-on cloud-build where there is no build around this one.",
			"--async leaves a build to Cloud Build, and this one runs on the Docker of this machine")
	}
	return e.Deploy(ctx, app, started, func(p plan.Plan) {
		if first {
			report.Head(headline(set.Kind(), p))
			reportNotes(report, app, p)
		}
		first = false
		reportKeys(report, p)
	})
}
