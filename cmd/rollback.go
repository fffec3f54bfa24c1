package cmd

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// RollbackOptions are the options of `rollback`.
type RollbackOptions struct {
	App clients.App
	Output
	To string // a revision; "" = what served before
}

func rollbackCommand(s ui.Streams, d Deps, run Func[RollbackOptions]) *cli.Command {
	return &cli.Command{
		Name:      "rollback",
		Usage:     "give all traffic back to what served before, at once and without a build",
		ArgsUsage: oneService,
		Flags: append(shared(theService), jsonFlag(),
			&cli.StringFlag{Name: "to", Usage: "`REVISION` to go to instead, as releases shows it"}),
		Action: action(s, d, run, func(c *cli.Context) (RollbackOptions, error) {
			app, err := namedApp(c, 1)
			return RollbackOptions{App: app, Output: outputOptions(c), To: c.String("to")}, err
		}),
	}
}

// Rollback gives all traffic to an earlier revision, in each region to what served there before.
func Rollback(ctx context.Context, s ui.Streams, d Deps, o RollbackOptions) error {
	if o.To != "" { // which is in one region alone
		o.App.EachRegion = true
		return rollbackOf(ctx, s, d, o)
	}
	return eachRegion(s, o.JSON, o.App, func(s ui.Streams, app clients.App) error {
		o.App = app
		return rollbackOf(ctx, s, d, o)
	})
}

// rollbackOf rolls back one service in one region, unless the traffic moves meanwhile.
func rollbackOf(ctx context.Context, s ui.Streams, d Deps, o RollbackOptions) error {
	set, err := clients.Open(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	all, err := revisionsOf(ctx, set)
	if err != nil {
		return err
	}
	var to release.Revision
	var why string
	if o.To != "" {
		to, err = revisionNamed(all, o.To)
	} else {
		to, why, err = release.Previous(all)
	}
	if err != nil {
		return err
	}
	if !o.JSON {
		text := "going to " + to.Name
		if why != "" {
			text += ", which " + why
		}
		if to.Origin != nil {
			text += ": " + to.Origin.String()
		}
		fmt.Fprintln(s.Err, inRegion(set)+text)
	}
	split := release.Split{Shares: []release.Share{{Revision: to.Name, Percent: 100}}, From: release.Parts(all)}
	return shift(ctx, s, d, set, all, split, o.Output)
}
