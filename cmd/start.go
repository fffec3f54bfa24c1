package cmd

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/profile"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// StartOptions are the options of `start`.
type StartOptions struct {
	App clients.App
	Output
	Profile bool
	Image   string // a reference; "" = the app's
}

// Validate has nothing to refuse.
func (StartOptions) Validate() error { return nil }

func startCommand(s ui.Streams, d Deps, run Func[StartOptions]) *cli.Command {
	return &cli.Command{
		Name:      "start",
		ArgsUsage: oneService,
		Usage:     "start the app's image on this machine's Docker as the service would, and see how long its first answer takes",
		Flags: append(shared(everything), jsonFlag(),
			&cli.BoolFlag{Name: "profile", Usage: "start it once more, and say what that time goes into, and what of the image it takes"},
			&cli.StringFlag{Name: "image", Usage: "`REFERENCE` of the image (default: that of this source, or where it was not built yet the one that serves)"}),
		Action: action(s, d, run, func(c *cli.Context) (StartOptions, error) {
			app, err := namedApp(c, 1)
			return StartOptions{App: app, Output: outputOptions(c), Profile: c.Bool("profile"), Image: c.String("image")}, err
		}),
	}
}

// startReport is `start --json`.
type startReport struct {
	Image    string           `json:"image"`
	Revision string           `json:"revision,omitempty"` // that serves it, where it is not this source's
	Seconds  float64          `json:"seconds"`            // to the first answer
	Bytes    int64            `json:"bytes"`              // of the image, unpacked
	Warning  string           `json:"warning,omitempty"`
	Over     string           `json:"over_budget,omitempty"`
	Without  []string         `json:"without,omitempty"` // secrets that it was started without
	Profile  *profile.Profile `json:"profile,omitempty"`
}

// Start starts an image, and says how long that took, and with --profile why.
func Start(ctx context.Context, s ui.Streams, d Deps, o StartOptions) error {
	app, set, err := clients.OpenApp(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	worker, err := set.Worker()
	if err == nil {
		err = worker.Ping(ctx)
	}
	if err != nil {
		return errs.New(errs.KindOf(err), errs.HintOf(err), "an image is started on the Docker of this machine: %w", err)
	}
	p, err := set.Engine(app, ui.Quiet()).Plan(ctx, app.App)
	if err != nil {
		return err
	}
	var r startReport
	if r.Image, r.Revision, err = o.image(set, p); err != nil {
		return err
	}
	options, err := o.start(ctx, set, app, p, r.Image)
	if err != nil {
		return err
	}
	for _, ref := range []string{options.Image, options.Builder} {
		if err := get(ctx, worker, set, ref, s.Err); err != nil {
			return err
		}
	}
	if r.Without = slices.Sorted(maps.Keys(p.Release.Secrets)); len(r.Without) > 0 {
		fmt.Fprintf(s.Err, "started without the service's secrets: %s\n", strings.Join(r.Without, ", "))
	}
	if err := r.run(ctx, s.Err, worker, options, p.Check.Budget, o); err != nil {
		return err
	}
	if o.JSON {
		err = ui.WriteJSON(s.Out, r)
	} else {
		r.print(s.Out)
	}
	if err == nil && r.Over != "" && !p.Check.Budget.Warns {
		err = errs.New(errs.Build, "Raise the budget, or set `budget.over: warn`.", "over budget: %s", r.Over)
		if o.JSON {
			err = reported{err}
		}
	}
	return err
}

// image is what is started, and the revision that has it, where it is not the source's own.
func (o StartOptions) image(set *clients.Set, p plan.Plan) (image, revision string, err error) {
	switch {
	case o.Image != "":
		return o.Image, "", nil
	case p.Image.Digest != "":
		return p.Release.Image + "@" + p.Image.Digest, "", nil
	case p.Current.Image != "":
		return p.Current.Image, p.Current.Revision, nil
	}
	return "", "", errs.New(errs.NotFound, "Run `gcpdeploy up`.", "there is no image of this source, and none of %s serves", set.Service().Service)
}

// start is how an image is started: as by the build's start check, with the service's variables.
func (o StartOptions) start(ctx context.Context, set *clients.Set, app *engine.App, p plan.Plan, image string) (builder.StartOptions, error) {
	contract, err := set.Kind().Contract(p.Release)
	if err != nil {
		return builder.StartOptions{}, err
	}
	probe := p.Builder
	if !strings.Contains(probe, "@") {
		digest, err := set.BuilderDigest(ctx)
		if err != nil {
			return builder.StartOptions{}, err
		}
		probe = set.Registry().Repository() + "/" + plan.Builder + "@" + digest
	}
	if len(p.Release.Secrets) > 0 {
		contract.Lacks = append(contract.Lacks, "the service's secrets")
	}
	answer := plan.Answer{Protocol: cmp.Or(app.Config.Start.Protocol, config.HTTP), Path: app.Config.Start.Path, Status: app.Config.Start.Status}
	return builder.StartOptions{
		Image: image, Builder: probe, Env: p.Release.Env, Contract: contract, Answer: answer,
		Timeout: time.Duration(p.Check.Timeout) * time.Second, Labels: map[string]string{"dev.gcpdeploy.step": "start"}, Exact: true,
	}, nil
}

// get has Docker have an image. One of others' is asked for without our login.
func get(ctx context.Context, worker clients.Worker, set *clients.Set, ref string, says io.Writer) error {
	if ok, err := worker.HasImage(ctx, ref); err != nil || ok {
		return err
	}
	fmt.Fprintln(says, "pulling "+ref)
	if strings.HasPrefix(ref, set.Registry().Repository()+"/") {
		return worker.PullOurs(ctx, ref)
	}
	return worker.PullOthers(ctx, ref)
}

// run starts it, and measures.
func (r *startReport) run(ctx context.Context, says io.Writer, worker clients.Worker, options builder.StartOptions, budget *plan.Budget, o StartOptions) (err error) {
	if r.Bytes, err = builder.Size(ctx, worker.Client, options.Image, nil); err != nil {
		return err
	}
	var started plan.Started
	if o.Profile {
		p, err := builder.Profile(ctx, worker.Client, options, says)
		if err != nil {
			return err
		}
		r.Profile, started.Seconds = &p, p.Plain
	} else if started, err = builder.Start(ctx, worker.Client, options, says); err != nil {
		return err
	}
	r.Seconds, r.Warning = started.Seconds, started.Warning
	started.Bytes = r.Bytes
	r.Over = budget.Over(started)
	return nil
}
