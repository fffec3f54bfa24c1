package cmd

import (
	"context"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// WheelsPruneOptions say what stays beside what is in use.
type WheelsPruneOptions struct {
	App clients.App
	Output
	Keep      int
	OlderThan time.Duration
	Yes       bool // remove it
}

// Validate refuses impossible values.
func (o WheelsPruneOptions) Validate() error {
	switch {
	case o.Keep < 0:
		return errs.New(errs.Usage, "Give the number of newest images that stay.", "--keep %d is negative", o.Keep)
	case o.OlderThan < 0:
		return errs.New(errs.Usage, "Give a duration such as 720h.", "--older-than %v is negative", o.OlderThan)
	}
	return nil
}

func wheelsPruneCommand(s ui.Streams, d Deps, run Func[WheelsPruneOptions]) *cli.Command {
	return &cli.Command{
		Name:  "prune",
		Usage: "show which images nothing needs any more, and with --yes remove them",
		Flags: append(shared(theRepository), jsonFlag(),
			&cli.IntFlag{Name: "keep", Value: 3, Usage: "the newest `N` of each Python, platform and base, and of each service, stay"},
			&cli.DurationFlag{Name: "older-than", Usage: "only what is older than `DURATION`, such as 720h", DefaultText: "any age"},
			&cli.BoolFlag{Name: "yes", Usage: "remove them"},
		),
		Action: action(s, d, run, func(c *cli.Context) (WheelsPruneOptions, error) {
			return WheelsPruneOptions{
				App: sharedApp(c), Output: outputOptions(c),
				Keep: c.Int("keep"), OlderThan: c.Duration("older-than"), Yes: c.Bool("yes"),
			}, nil
		}),
	}
}

// WheelsPrune shows what may go and why the rest stays, and with Yes removes it.
func WheelsPrune(ctx context.Context, s ui.Streams, d Deps, o WheelsPruneOptions) error {
	set, err := clients.Open(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	repository := set.Stock(warner(s, d))
	rules := inventory.Rules{Keep: o.Keep, OlderThan: o.OlderThan, Now: d.Now()}
	prune, err := repository.PlanPrune(ctx, rules)
	if err != nil {
		return err
	}
	p := prune.Preview()
	if o.Yes {
		report := warner(s, d)
		report.Start("prune")
		p, err = prune.Apply(ctx, func(i inventory.Image) {
			report.Log("prune", i.Package+"@"+key.Short(i.Digest))
		})
		report.Close()
	}
	out := reportPrune(repository.Repository, p, !o.Yes)
	if o.JSON {
		if werr := ui.WriteJSON(s.Out, out); werr != nil || err == nil {
			return werr
		}
		return reported{err}
	}
	if werr := out.print(s.Out, d.Now()); werr != nil {
		return werr
	}
	return err
}
