package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// published is where the publish step leaves what the release step needs.
const published = plan.Dir + "/published.json"

// stepCommand is what the builder image runs inside a build. People do not type it.
func stepCommand(s ui.Streams, d Deps) *cli.Command {
	image := func(name string) cli.Flag { return &cli.StringFlag{Name: name, Usage: "`REFERENCE` of the image"} }
	step := func(id plan.StepID, flags []cli.Flag, run func(*cli.Context, plan.Plan) (any, error)) *cli.Command {
		return &cli.Command{Name: string(id), Usage: id.About().Words, Flags: flags, Action: func(c *cli.Context) error {
			p, err := readPlan()
			if err != nil {
				return err
			}
			output, err := run(c, p)
			return errors.Join(err, writeOutput(d, output))
		}}
	}
	return &cli.Command{
		Name:   "step",
		Usage:  "what the build's steps run; reads " + plan.Dir + "/plan.json",
		Hidden: true,
		Subcommands: []*cli.Command{
			step(plan.StepEarlier, []cli.Flag{image("image"), image("to")},
				func(c *cli.Context, _ plan.Plan) (any, error) {
					return nil, stepEarlier(c.Context, s, d, c.String("image"), c.String("to"))
				}),
			step(plan.StepPublishWheels, []cli.Flag{image("image")},
				func(c *cli.Context, p plan.Plan) (any, error) {
					return stepPublishWheels(c.Context, s, d, p, c.String("image"))
				}),
			step(plan.StepPublish, []cli.Flag{image("runtime"), image("testenv")},
				func(c *cli.Context, p plan.Plan) (any, error) {
					return stepPublish(c.Context, s, d, p, builder.Pushed{Runtime: c.String("runtime"), TestEnv: c.String("testenv")})
				}),
			step(plan.StepResolved, []cli.Flag{&cli.StringFlag{Name: "current", Usage: "`REFERENCE` of the wheels in use"}},
				func(c *cli.Context, p plan.Plan) (any, error) {
					return stepResolved(c.Context, s, d, p, c.String("current"))
				}),
			step(plan.StepPromote,
				[]cli.Flag{&cli.StringFlag{Name: "wheels", Usage: "`DIGEST`"}, image("image"), image("runtime"), image("testenv")},
				func(c *cli.Context, p plan.Plan) (any, error) {
					return stepPromote(c.Context, s, d, p, builder.Refreshed{
						Wheels: c.String("wheels"), Image: c.String("image"), Runtime: c.String("runtime"), TestEnv: c.String("testenv"),
					})
				}),
			step(plan.StepStart, []cli.Flag{image("image")},
				func(c *cli.Context, p plan.Plan) (any, error) {
					return nil, stepStart(c.Context, s, d, p, c.String("image"))
				}),
			step(plan.StepTest, []cli.Flag{image("image"), image("testenv")},
				func(c *cli.Context, p plan.Plan) (any, error) {
					return stepTest(c.Context, s, d, p, c.String("image"), c.String("testenv"))
				}),
			step(plan.StepRelease, []cli.Flag{image("image")},
				func(c *cli.Context, p plan.Plan) (any, error) {
					return stepRelease(c.Context, s, d, p, c.String("image"))
				}),
			{
				Name: "probe", Usage: "wait until a port listens",
				Flags: []cli.Flag{&cli.IntFlag{Name: "port", Value: 8080}, &cli.DurationFlag{Name: "timeout", Value: 4 * time.Minute}},
				Action: func(c *cli.Context) error {
					return builder.Probe(c.Context, c.Int("port"), c.Duration("timeout"), s.Out)
				},
			},
		},
	}
}

func readPlan() (plan.Plan, error) {
	var p plan.Plan
	data, err := os.ReadFile(plan.Dir + "/plan.json")
	if err == nil {
		err = json.Unmarshal(data, &p)
	}
	if err != nil {
		return p, errs.New(errs.Usage, "This command is for the steps of a build.", "reading the plan: %w", err)
	}
	if p.Schema != plan.Schema {
		return p, errs.New(errs.Usage, "Use one version of gcpdeploy for the client and the builder image.",
			"the plan has schema %d, this program reads %d", p.Schema, plan.Schema)
	}
	return p, nil
}

// writeOutput hands a step's result to Cloud Build, which gives it to the client.
func writeOutput(d Deps, output any) error {
	dir, ok := d.Lookup("BUILDER_OUTPUT")
	if !ok || output == nil {
		return nil
	}
	data, err := json.Marshal(output)
	if err != nil {
		return fmt.Errorf("writing the step's output: %w", err)
	}
	return os.WriteFile(filepath.Join(dir, "output"), data, 0o644)
}

func stepRelease(ctx context.Context, s ui.Streams, d Deps, p plan.Plan, image string) (any, error) {
	access := gcp.New(gcp.FromEnvironment(d.Lookup))
	defer access.Close()
	app := p.Image.Key
	data, err := os.ReadFile(published)
	switch {
	case err == nil:
		var r plan.Published
		if err := json.Unmarshal(data, &r); err != nil {
			return nil, fmt.Errorf("reading what was published: %w", err)
		}
		app = r.App
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("reading what was published: %w", err)
	}
	by, err := builder.ByOf(d.Lookup)
	if err != nil {
		return nil, err
	}
	kind, err := targetNamed(p.Release.Target)
	if err != nil {
		return nil, err
	}
	return builder.Release(ctx, registryOf(access, p), kind.connect(access), p, app, image, by, s.Out)
}

// plain is the environment that the checks run in: the service's plain
// variables, then the checks' own.
func plain(p plan.Plan) map[string]string {
	env := maps.Clone(p.Release.Env)
	if env == nil {
		env = map[string]string{}
	}
	maps.Copy(env, p.Check.Env)
	return env
}

// labels mark the containers of the checks, so that they are found after a kill.
// stays says whether the worker's Docker outlives the build: then it says under
// which label it looks for its own.
func labels(d Deps) (l map[string]string, stays bool) {
	l = map[string]string{"dev.gcpdeploy.step": "check"}
	v, stays := d.Lookup("GCPDEPLOY_LABEL")
	if stays {
		name, value, _ := strings.Cut(v, "=")
		l[name] = value
	}
	return l, stays
}

func stepStart(ctx context.Context, s ui.Streams, d Deps, p plan.Plan, image string) error {
	dock, err := docker.New()
	if err != nil {
		return err
	}
	kind, err := targetNamed(p.Release.Target)
	if err != nil {
		return err
	}
	contract, err := kind.Contract(p.Release)
	if err != nil {
		return err
	}
	mine, _ := labels(d)
	return builder.Start(ctx, dock, builder.StartOptions{
		Image: image, Builder: p.Builder, Env: plain(p), Contract: contract, Labels: mine,
		Timeout: time.Duration(p.Check.Timeout) * time.Second,
	}, s.Out)
}

func stepTest(ctx context.Context, s ui.Streams, d Deps, p plan.Plan, image, testenv string) (any, error) {
	dock, err := docker.New()
	if err != nil {
		return nil, err
	}
	access := gcp.New(gcp.FromEnvironment(d.Lookup))
	defer access.Close()
	mine, stays := labels(d)
	return builder.Test(ctx, dock, builder.TestOptions{
		Image: image, TestEnv: testenv, Command: p.Check.Command, Env: plain(p), Labels: mine, Keep: stays,
		Pull: adopter{dock, access}.pull,
	}, s.Out)
}
