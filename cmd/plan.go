package cmd

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// PlanOptions are the options of `plan`.
type PlanOptions struct {
	App clients.App
	Output
	NoRelease, NoTraffic bool // of `up`, as is
	Tag, Preview         string
	DetailedExitcode     bool // the exit code says whether there is something to do
}

// up are the options of the deploy that is planned.
func (o PlanOptions) up() UpOptions {
	return UpOptions{NoRelease: o.NoRelease, NoTraffic: o.NoTraffic, Tag: o.Tag, Preview: o.Preview}
}

func planCommand(s ui.Streams, d Deps, run Func[PlanOptions]) *cli.Command {
	return &cli.Command{
		Name:      "plan",
		Usage:     "show what `up` would do, and why",
		ArgsUsage: anyServices,
		Flags: append(shared(everything), jsonFlag(), noReleaseFlag(), noTrafficFlag(), releaseTagFlag(), previewFlag(),
			&cli.BoolFlag{Name: "detailed-exitcode", Usage: "end with 3 where `up` would build or release something; with 0 where there is nothing to do"}),
		Action: action(s, d, run, func(c *cli.Context) (PlanOptions, error) {
			app, err := namedApp(c, manyServices)
			return PlanOptions{App: app, Output: outputOptions(c), NoRelease: c.Bool("no-release"), NoTraffic: c.Bool("no-traffic"), Tag: c.String("tag"), Preview: c.String("preview"), DetailedExitcode: c.Bool("detailed-exitcode")}, err
		}),
	}
}

// Validate refuses what `up` does.
func (o PlanOptions) Validate() error {
	return o.up().Validate()
}

// Plan prints what Up would do. It reads, and changes nothing.
func Plan(ctx context.Context, s ui.Streams, d Deps, o PlanOptions) error {
	changes := false
	err := oneByOne(s, o.JSON, o.App, func(s ui.Streams, app clients.App) error {
		o.App, o.App.EachRegion = app, o.up().eachRegion()
		something, err := planOne(ctx, s, d, o)
		changes = changes || something
		return err
	})
	if err != nil || !changes || !o.DetailedExitcode {
		return err
	}
	return exited{code: changesExit}
}

// planOne prints the plan of one service, and says whether there is something to do.
func planOne(ctx context.Context, s ui.Streams, d Deps, o PlanOptions) (bool, error) {
	report := warner(s, d)
	defer report.Close()
	app, set, err := clients.OpenApp(ctx, d, o.App)
	if err != nil {
		return false, err
	}
	defer set.Close()
	if err := o.up().setRelease(app, set.Kind()); err != nil {
		return false, err
	}
	p, err := set.Engine(app, report).Plan(ctx, app.App)
	if err != nil {
		return false, err
	}
	where, far, err := set.Where()
	if err != nil {
		return false, err
	}
	for _, w := range app.Tree.Warnings {
		report.Warn(w)
	}
	report.Close()
	return !p.NothingToDo, o.print(s, p, headline(set.Kind(), p), where, far)
}

// changesExit is the exit code of a plan that has something to do, where that is asked for.
const changesExit = 3

// print prints a plan, and where it goes, which is asked for where that is far away.
func (o PlanOptions) print(s ui.Streams, p plan.Plan, head string, where clients.Where, far bool) error {
	if o.JSON {
		if !far {
			_, err := s.Out.Write(p.JSON())
			return err
		}
		b, err := json.MarshalIndent(struct {
			plan.Plan
			Where clients.Where `json:"where"`
		}{p, where}, "", "  ")
		if err == nil {
			_, err = s.Out.Write(append(b, '\n'))
		}
		return err
	}
	fmt.Fprintln(s.Out, head)
	if far {
		printWhere(s.Out, where)
	}
	printPlan(s.Out, p)
	return nil
}

// printWhere says what decided where the deploy goes, and as whom, where that is
// not on the command line.
func printWhere(w io.Writer, at clients.Where) {
	line := func(name string, said *clients.Said) {
		if said != nil && !strings.HasPrefix(said.From, "--") {
			fmt.Fprintf(w, "  %-14s %s  (%s)\n", name, said.Value, said.From)
		}
	}
	line("project", &at.Project)
	line("region", &at.Region)
	line("account", at.Account)
	line("acts as", at.Impersonate)
	line("credentials", &clients.Said{Value: at.Credentials.String(), From: at.Credentials.From})
}

func printPlan(w io.Writer, p plan.Plan) {
	found := func(name string, value []string, from string) {
		text := strings.Join(value, " ")
		if text == "" {
			text = "none"
		}
		fmt.Fprintf(w, "  %-14s %s", name, text)
		if from != "" {
			fmt.Fprintf(w, "  (%s)", from)
		}
		fmt.Fprintln(w)
	}
	found("python", []string{p.Detected.Python.Value}, p.Detected.Python.From)
	found("base image", []string{p.Detected.BaseImage.Value}, p.Detected.BaseImage.From)
	found("requirements", p.Detected.Requirements.Value, p.Detected.Requirements.From)
	for _, o := range p.Own {
		how := "its own layer"
		if o.Editable {
			how = "its own layer, in place"
		}
		found("own package", []string{cmp.Or(o.Name, o.Path), "→", how}, fmt.Sprintf("%s:%d", o.File, o.Line))
	}
	if b := p.Detected.BuildPackages; len(b.Value) > 0 {
		found("to build", b.Value, b.From)
	}
	if r := p.Detected.RuntimePackages; len(r.Value) > 0 {
		found("to run", r.Value, r.From)
	}
	if b := p.Detected.BuildConstraints; len(b.Value) > 0 {
		found("built with", b.Value, b.From)
	}
	found("entrypoint", p.Detected.Entrypoint.Value, p.Detected.Entrypoint.From)
	found("test", p.Detected.Test.Value, p.Detected.Test.From)
	found("source", []string{fmt.Sprintf("%s, %s", ui.Count(p.Source.Files, "file"), ui.Bytes(p.Source.Bytes))}, "")
	if p.Source.App != "" {
		found("sent", []string{strings.Join(p.Source.Parts, ", ")}, "the app is in "+p.Source.App)
	}
	if p.Origin != nil {
		found("from", []string{p.Origin.String()}, "")
	}
	for _, n := range p.Notes {
		fmt.Fprintln(w, "  note: "+n)
	}
	status := func(name string, k plan.Status) {
		line := fmt.Sprintf("  %-14s %-5s %-9s %s", name, k.Status, key.Short(k.Key), k.Reason)
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
	fmt.Fprintln(w, "\nkeys")
	status("wheels", p.Keys.Wheels)
	status("runtime", p.Keys.Runtime)
	status("testenv", p.Keys.TestEnv)
	status("image", p.Image)
	if p.NothingToDo && p.Goal != plan.GoalRelease {
		fmt.Fprintln(w, "\nnothing to do: "+strings.Join(p.Skipped, ", "))
		return
	}
	if p.NothingToDo {
		fmt.Fprintf(w, "\nnothing to do: %s\n", asWanted(p.Current.Revision, p.Current.Percent()))
		return
	}
	fmt.Fprintln(w, "\nsteps")
	for _, st := range p.Steps {
		after := ""
		for n, before := range st.WaitFor {
			switch {
			case before == plan.AtOnce:
			case n == 0:
				after = "  after " + string(before)
			default:
				after += ", " + string(before)
			}
		}
		fmt.Fprintf(w, "  %s%s\n    %s %s\n", st.ID, after, program(st), strings.Join(st.Args, " "))
	}
	for _, text := range p.Skipped {
		fmt.Fprintln(w, "  skipped: "+text)
	}
	if !p.Releases() {
		fmt.Fprintln(w, "\nrelease\n  none")
		return
	}
	fmt.Fprintf(w, "\nrelease\n  %s  port %d", p.Release.Service, p.Release.Port)
	if p.Current.Exists {
		old := p.Current.Revision
		if len(p.Current.Shares) > 1 {
			old = plan.Shares(p.Current.Shares)
		}
		fmt.Fprintf(w, ", replaces %s", old)
	}
	fmt.Fprintln(w)
	for _, c := range p.Changes {
		fmt.Fprintln(w, "  "+c.String())
	}
	printPlannedJobs(w, p)
}

// program is what a step's image runs, as one would type it.
func program(s plan.Step) string {
	if strings.HasSuffix(s.Name, "/docker") {
		return "docker"
	}
	return "gcpdeploy"
}
