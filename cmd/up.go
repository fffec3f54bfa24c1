package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// UpOptions are the options of `up`.
type UpOptions struct {
	App     AppOptions
	JSON    bool
	Verbose bool
}

func upCommand(s ui.Streams, d Deps, run func(context.Context, ui.Streams, Deps, UpOptions) error) *cli.Command {
	return &cli.Command{
		Name:  "up",
		Usage: "build what is missing, test the image, release it",
		Flags: appFlags(&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "show the build's log"}),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return run(c.Context, s, d, UpOptions{App: appOptions(c), JSON: c.Bool("json"), Verbose: c.Bool("verbose")})
		},
	}
}

// Up deploys the app: load, observe, plan, apply.
func Up(ctx context.Context, s ui.Streams, d Deps, o UpOptions) error {
	started := d.Now()
	var report ui.Reporter = ui.NewJSON(s)
	if !o.JSON {
		report = ui.NewHuman(s, o.Verbose, d.Now)
	}
	defer report.Close()
	sess, err := open(ctx, d, o.App, report)
	if err != nil {
		return err
	}
	defer sess.Close()
	r, err := sess.up(ctx, started, report)
	report.Close()
	r.Seconds = d.Now().Sub(started).Seconds()
	if o.JSON && r.Status != "" {
		if werr := ui.WriteJSON(s.Out, r); werr != nil {
			return werr
		}
	}
	if err != nil {
		return err
	}
	if !o.JSON {
		summary(s, r)
	}
	return nil
}

// up plans and applies, and does so again when another run was making what this
// one needs.
func (s *session) up(ctx context.Context, started time.Time, report ui.Reporter) (engine.Result, error) {
	for first := true; ; first = false {
		app, p, err := s.ready(ctx)
		if err != nil {
			return engine.Result{}, err
		}
		if first {
			report.Head(head(s.kind.Title, p))
			for _, w := range app.Tree.Warnings {
				report.Warn(w)
			}
			for _, n := range p.Notes {
				report.Note(n)
			}
		}
		reportKeys(report, p)
		if again, err := s.engine.Await(ctx, p); err != nil {
			return engine.Result{}, err
		} else if again {
			continue
		}
		src, err := app.Archive(p)
		if err != nil {
			return engine.Result{}, err
		}
		r, err := s.engine.Apply(ctx, p, src, started)
		if !errors.Is(err, engine.ErrAgain) {
			return r, err
		}
	}
}

func head(title string, p plan.Plan) string {
	return fmt.Sprintf("%s → %s, %s, %s", p.Service, title, p.Release.Project, p.Release.Region)
}

// reportKeys prints a line for each shared image: hit or miss, and why.
func reportKeys(r ui.Reporter, p plan.Plan) {
	for _, k := range []struct {
		name string
		s    plan.Status
	}{{plan.Wheels, p.Keys.Wheels}, {plan.Runtime, p.Keys.Runtime}, {plan.TestEnv, p.Keys.TestEnv}} {
		if k.s.Status == plan.None {
			continue
		}
		detail := key.Short(k.s.Key)
		if k.s.Reason != "" {
			detail = strings.TrimSpace(detail + "  " + k.s.Reason)
		}
		r.Done(ui.Stage{Name: k.name, Status: k.s.Status, Detail: detail})
	}
}

// summary is the end for people: what came of it on Err, the URL on Out.
func summary(s ui.Streams, r engine.Result) {
	took := ui.Duration(time.Duration(r.Seconds * float64(time.Second)))
	if r.Status == "nothing_to_do" {
		fmt.Fprintf(s.Err, "nothing to do: %s serves this source and configuration (%s)\n", r.Revision, took)
		fmt.Fprintln(s.Out, r.URL)
		return
	}
	var reused []string
	for _, k := range []struct {
		name string
		s    plan.Status
	}{{plan.Wheels, r.Keys.Wheels}, {plan.Runtime, r.Keys.Runtime}, {plan.TestEnv, r.Keys.TestEnv}} {
		if k.s.Status == plan.Hit {
			reused = append(reused, k.name)
		}
	}
	line := fmt.Sprintf("%s serves after %s", r.Revision, took)
	if len(reused) > 0 {
		line += "; reused " + strings.Join(reused, ", ")
	}
	if r.Saved > 0 {
		line += ", saved " + ui.Duration(time.Duration(r.Saved*float64(time.Second)))
	}
	fmt.Fprintln(s.Err, line)
	fmt.Fprintln(s.Out, r.URL)
}
