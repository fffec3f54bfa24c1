package cmd

import (
	"context"
	"errors"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// StepOptions are the options of the commands below `step`.
type StepOptions struct {
	ID                      plan.StepID
	Image, Runtime, TestEnv string   // references
	To                      string   // the reference that the earlier wheels get, or the file of the logins
	Wheels                  string   // digest
	Current                 string   // reference of the wheels in use
	Hosts                   []string // of package indexes
	System                  string   // reference of what a runtime stands on
	WheelsImage             string   // reference
	Labels                  []string // NAME=VALUE, of the image
}

// steps are the steps that the builder image runs inside a build.
var steps = []struct {
	id    plan.StepID
	flags []string
	run   func(build, context.Context, StepOptions) (output any, err error)
}{
	{plan.StepEarlier, []string{"image", "to"}, build.earlier},
	{plan.StepLogins, []string{"to", "host"}, build.logins},
	{plan.StepTestLogins, []string{"to", "host"}, build.logins},
	{plan.StepPublishWheels, []string{"image"}, build.publishWheels},
	{plan.StepMadeWheels, []string{"image"}, build.madeWheels},
	{plan.StepBase, nil, build.base},
	{plan.StepLayers, []string{"wheels-image"}, build.layers},
	{plan.StepPushSystem, []string{"image"}, build.pushSystem},
	{plan.StepRuntime, []string{"image", "system", "label"}, build.runtime},
	{plan.StepPublish, []string{"runtime", "testenv"}, build.publish},
	{plan.StepResolved, []string{"current"}, build.resolved},
	{plan.StepPromote, []string{"wheels", "image", "runtime", "testenv"}, build.promote},
	{plan.StepImage, []string{"runtime", "image"}, build.image},
	{plan.StepStart, []string{"image"}, build.start},
	{plan.StepTest, []string{"image", "testenv"}, build.test},
	{plan.StepRelease, []string{"image"}, build.putInService},
}

// stepCommand is what the builder image runs inside a build. People do not type it.
func stepCommand(s ui.Streams, d Deps) *cli.Command {
	c := &cli.Command{
		Name:   "step",
		Usage:  "what the build's steps run; reads " + plan.Dir + "/plan.json",
		Hidden: true,
	}
	for _, st := range steps {
		c.Subcommands = append(c.Subcommands, stepSubcommand(s, d, st.id, st.flags, Step))
	}
	c.Subcommands = append(c.Subcommands, probeCommand(s, d, Probe))
	return c
}

func stepSubcommand(s ui.Streams, d Deps, id plan.StepID, takes []string, run Func[StepOptions]) *cli.Command {
	c := &cli.Command{Name: string(id), Usage: id.About().Words}
	for _, name := range takes {
		value := "`REFERENCE` of the image"
		switch name {
		case "wheels":
			value = "`DIGEST`"
		case "label":
			c.Flags = append(c.Flags, &cli.StringSliceFlag{Name: name, Usage: "`NAME=VALUE` of the image"})
			continue
		case "host":
			c.Flags = append(c.Flags, &cli.StringSliceFlag{Name: name, Usage: "`HOST` of a package index"})
			continue
		}
		c.Flags = append(c.Flags, &cli.StringFlag{Name: name, Usage: value})
	}
	c.Action = action(s, d, run, func(c *cli.Context) (StepOptions, error) {
		return StepOptions{
			ID: id, Image: c.String("image"), Runtime: c.String("runtime"), TestEnv: c.String("testenv"),
			To: c.String("to"), Wheels: c.String("wheels"), Current: c.String("current"), Hosts: c.StringSlice("host"),
			System: c.String("system"), WheelsImage: c.String("wheels-image"), Labels: c.StringSlice("label"),
		}, nil
	})
	return c
}

// Step runs one step of the build, and writes what it came to also where it failed.
func Step(ctx context.Context, s ui.Streams, d Deps, o StepOptions) error {
	p, err := builder.ReadPlan()
	if err != nil {
		return err
	}
	set, err := clients.InBuild(d, p)
	if err != nil {
		return err
	}
	defer set.Close()
	for _, st := range steps {
		if st.id == o.ID {
			output, err := st.run(build{p, set, s.Out, d.Lookup}, ctx, o)
			return errors.Join(err, builder.WriteOutput(d.Lookup, output, err))
		}
	}
	return nil
}

func probeCommand(s ui.Streams, d Deps, run Func[builder.ProbeOptions]) *cli.Command {
	return &cli.Command{
		Name: "probe", Usage: "wait until a port answers",
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "port", Value: 8080}, &cli.DurationFlag{Name: "timeout", Value: 4 * time.Minute},
			&cli.StringFlag{Name: "protocol", Value: config.HTTP}, &cli.StringFlag{Name: "path"}, &cli.IntFlag{Name: "status"}, &cli.BoolFlag{Name: "exact"},
		},
		Action: action(s, d, run, func(c *cli.Context) (builder.ProbeOptions, error) {
			answer := plan.Answer{Protocol: c.String("protocol"), Path: c.String("path"), Status: c.Int("status")}
			return builder.ProbeOptions{Port: c.Int("port"), Timeout: c.Duration("timeout"), Answer: answer, Exact: c.Bool("exact")}, nil
		}),
	}
}

// Probe waits until a port answers, in the network of the app's container.
func Probe(ctx context.Context, s ui.Streams, _ Deps, o builder.ProbeOptions) error {
	return builder.Probe(ctx, o, s.Out)
}
