package cmd

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/local"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// SetupOptions are the options of `setup`.
type SetupOptions struct {
	App clients.App
	Output
	Yes, DryRun bool
	Undo        bool
	Print       bool     // gcloud's commands
	Terraform   string   // folder of a module
	Only        []string // kinds of resources
	Deployers   []string // members who may deploy

	PullRequests bool // the account of their builds, too
}

// Validate refuses what contradicts itself.
func (o SetupOptions) Validate() error {
	given := 0
	for _, is := range []bool{o.Undo, o.Print, o.Terraform != ""} {
		if is {
			given++
		}
	}
	if given > 1 {
		return errs.New(errs.Usage, "Give one of them.", "--undo, --print-commands and --terraform exclude each other")
	}
	for _, d := range o.Deployers {
		if kind, name, _ := strings.Cut(d, ":"); !slices.Contains([]string{"user", "group", "serviceAccount", "domain", "principal", "principalSet"}, kind) || name == "" {
			return errs.New(errs.Usage, "Write it as user:ADDRESS, group:ADDRESS or serviceAccount:ADDRESS.", "--deployer %q is no member", d)
		}
	}
	return nil
}

func setupCommand(s ui.Streams, d Deps, run Func[SetupOptions]) *cli.Command {
	return &cli.Command{
		Name:  "setup",
		Usage: "make what a project needs before the first deploy: APIs, repository, buckets, service accounts, roles, builder image",
		Flags: append(shared(theProject, []string{"service"}), jsonFlag(),
			&cli.BoolFlag{Name: "yes", Usage: "do it without asking"},
			&cli.BoolFlag{Name: "dry-run", Usage: "show what would be done"},
			&cli.BoolFlag{Name: "print-commands", Usage: "print the gcloud commands that do it instead"},
			&cli.StringFlag{Name: "terraform", Usage: "write a Terraform module of it to `FOLDER` instead"},
			&cli.BoolFlag{Name: "undo", Usage: "show what setup made, and with --yes remove it; APIs stay enabled"},
			&cli.StringSliceFlag{Name: "only", Usage: "one `KIND` of it alone: " + strings.Join(clients.SetupKinds, ", ")},
			&cli.StringFlag{Name: "builder-source", Usage: "checkout of gcpdeploy in `FOLDER` that Cloud Build makes the builder image of (default: this program, the release's image, or the working directory's checkout)"},
			&cli.StringSliceFlag{Name: "deployer", Usage: "`MEMBER` who may deploy, as in user:ada@example.com; gets the roles for it"},
			&cli.BoolFlag{Name: "pull-requests", Usage: "make the service account that triggers of pull requests run as, too; it may release nothing"},
		),
		Action: action(s, d, run, func(c *cli.Context) (SetupOptions, error) {
			app := appOptions(c)
			app.BuilderSource = c.String("builder-source")
			return SetupOptions{
				App: app, Output: outputOptions(c), Yes: c.Bool("yes"), DryRun: c.Bool("dry-run"), Undo: c.Bool("undo"),
				Print: c.Bool("print-commands"), Terraform: c.String("terraform"), Only: c.StringSlice("only"), Deployers: c.StringSlice("deployer"),
				PullRequests: c.Bool("pull-requests"),
			}, nil
		}),
	}
}

// Setup makes what lacks of what a project needs, or shows it in one of several forms.
func Setup(ctx context.Context, s ui.Streams, d Deps, o SetupOptions) error {
	makes := !o.Undo && !o.Print && o.Terraform == ""
	if needs, err := d.NeedsSetup(o.App); makes && (err != nil || !needs) {
		return noSetup(s, o, err)
	}
	set, err := clients.Open(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	prepared, err := set.Setup(o.App, clients.SetupOptions{Deployers: o.Deployers, Only: o.Only, PullRequests: o.PullRequests, All: o.Undo})
	if err != nil {
		return err
	}
	switch {
	case o.Terraform != "":
		return writeTerraform(s, prepared, o)
	case o.Print:
		return printCommands(ctx, s, prepared, o)
	case o.Undo:
		return undoSetup(ctx, s, d, prepared, o)
	}
	steps := prepared.Observe(ctx)
	if err := cmp.Or(clients.SetupErr(steps), clients.SetupStuck(steps)); err != nil {
		return err
	}
	report := reportSetup(prepared, steps, o.DryRun)
	if lack := clients.SetupLacking(steps); len(lack) > 0 {
		if err := doSetup(ctx, s, d, prepared, lack, &report, o); err != nil {
			return err
		}
	}
	return report.print(s, o)
}

// noSetup says that nothing is to be made.
func noSetup(s ui.Streams, o SetupOptions, err error) error {
	switch {
	case err != nil:
		return err
	case o.JSON:
		return ui.WriteJSON(s.Out, setupReport{Project: local.Project, Region: local.Region, DryRun: o.DryRun, Steps: []setupStep{}})
	}
	_, err = fmt.Fprintln(s.Out, "nothing to do: "+clients.NoSetup)
	return err
}

// doSetup shows what lacks, asks, and makes it.
func doSetup(ctx context.Context, s ui.Streams, d Deps, prepared clients.Setup, lack []clients.SetupStep, report *setupReport, o SetupOptions) error {
	if o.DryRun {
		return nil
	}
	if err := clients.SetupUndecided(lack); err != nil && (o.Yes || !asks(s, o.Output)) {
		return err
	}
	if !o.Yes {
		if err := agree(s, report, "Make this?", "Run it again with --yes, or with --dry-run to see it.", o); err != nil {
			return err
		}
	}
	return applySetup(ctx, s, d, prepared, lack, o.Output)
}

// agree shows what would be done and asks for it.
func agree(s ui.Streams, report *setupReport, question, hint string, o SetupOptions) error {
	if !asks(s, o.Output) {
		return errs.New(errs.Usage, hint, "this changes the project %s, and nobody is here to agree to it", report.Project)
	}
	report.list(s.Err)
	if !s.Ask(question) {
		return errs.New(errs.Interrupted, "", "nothing was changed")
	}
	return nil
}

// asks says whether somebody is there who can be asked.
func asks(s ui.Streams, o Output) bool { return s.Answers && !o.JSON }

// applySetup makes what lacks, and shows it as it goes. Whoever is there is asked for
// what has to be chosen.
func applySetup(ctx context.Context, s ui.Streams, d Deps, prepared clients.Setup, lack []clients.SetupStep, o Output) error {
	view := warner(s, d)
	defer view.Close()
	if !asks(s, o) {
		return prepared.Apply(ctx, lack, clients.SetupProgress(view, nil))
	}
	return prepared.Apply(ctx, lack, clients.SetupProgress(view, func(question string, answers []string, proposed string) (string, error) {
		answer, ok := s.Choose(question, answers, proposed)
		if !ok {
			return "", errs.New(errs.Interrupted, "Run it again: what is done stays done.", "nothing was chosen")
		}
		return answer, nil
	}))
}
