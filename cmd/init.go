package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
	"github.com/gcpdeploy/gcpdeploy/internal/cifile"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/suggest"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// cloudBuild is Cloud Build among the systems of --ci. Its file is a build.
const cloudBuild = "cloudbuild"

// systems are what --ci takes.
var systems = append([]string{cloudBuild}, cifile.Systems...)

// InitOptions are the options of `init`.
type InitOptions struct {
	App           clients.App
	JSON          bool
	CI            string // the system
	From          string // an app.yaml of App Engine, in the app's folder
	Branch        string // that is deployed; "" = the repository's default
	Preview       bool   // pull requests are shown
	Force, DryRun bool
}

// Validate refuses systems that are not known.
func (o InitOptions) Validate() error {
	known := "Known are " + strings.Join(systems, ", ") + "."
	switch {
	case o.From != "" && (o.CI != "" || o.Branch != "" || o.Preview):
		return errs.New(errs.Usage, "Give one after the other.", "--from and --ci exclude each other")
	case o.From != "":
		return nil
	case o.CI == "":
		return errs.New(errs.Usage, known, "which file to write is not said: give --ci, or --from with an app.yaml")
	case !slices.Contains(systems, o.CI):
		if hint := suggest.Hint(o.CI, systems); hint != "" {
			known = hint
		}
		return errs.New(errs.Usage, known, "--ci %q is no system that is known", o.CI)
	case o.CI == cloudBuild && o.Preview:
		return errs.New(errs.Usage, "Run `gcpdeploy trigger create --preview`, which needs no file.", "--preview and --ci cloudbuild exclude each other: a pull request could change what runs as the account that releases")
	case o.Preview && !cifile.Shows(o.CI):
		return errs.New(errs.Usage, "Leave it out, and show one by hand: `gcpdeploy up --preview NAME`.", "--preview: %s does not say from which repository a pull request comes, and nothing of a stranger's is released", o.CI)
	case o.CI == cloudBuild && o.Branch != "":
		return errs.New(errs.Usage, "Leave it out: a trigger says for which branch it is.", "--branch and --ci cloudbuild exclude each other")
	}
	return nil
}

func initCommand(s ui.Streams, d Deps, run Func[InitOptions]) *cli.Command {
	return &cli.Command{
		Name:  "init",
		Usage: "write the file by which a CI system deploys the app, or the configuration of an app of App Engine, and say what else that needs",
		Flags: append(shared(theService, []string{"repository"}), jsonFlag(),
			&cli.StringFlag{Name: "ci", Usage: "the `SYSTEM`: " + strings.Join(systems, ", ")},
			&cli.StringFlag{Name: "from", Usage: "write gcpdeploy.yaml from an app.yaml of App Engine: `FILE`, relative to the app"},
			&cli.StringFlag{Name: "branch", Usage: "`BRANCH` whose pushes are deployed (default: the repository's default branch)"},
			&cli.BoolFlag{Name: "preview", Usage: "show pull requests until they are closed: up --preview auto"},
			&cli.BoolFlag{Name: "force", Usage: "write over a file that is there"},
			&cli.BoolFlag{Name: "dry-run", Usage: "print the file instead of writing it"},
		),
		Action: action(s, d, run, func(c *cli.Context) (InitOptions, error) {
			return InitOptions{App: appOptions(c), JSON: c.Bool("json"), CI: c.String("ci"), From: c.String("from"), Branch: c.String("branch"), Preview: c.Bool("preview"), Force: c.Bool("force"), DryRun: c.Bool("dry-run")}, nil
		}),
	}
}

// initResult is what Init wrote, in JSON.
type initResult struct {
	File    string   `json:"file"`
	Written bool     `json:"written"`
	Text    string   `json:"text"`
	Next    []string `json:"next"` // lines of a shell; those with # are comments
	Notes   []string `json:"notes,omitempty"`
}

// Init writes the file, which must not be there yet, and prints what is to be done
// by hand.
func Init(ctx context.Context, s ui.Streams, d Deps, o InitOptions) error {
	if o.From != "" {
		return initFrom(ctx, s, d, o)
	}
	report := warner(s, d)
	defer report.Close()
	app, set, err := clients.OpenApp(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	if o.Preview && !set.Kind().Previews {
		return errs.New(errs.Usage, "Leave it out.", "--preview: %s knows no previews", set.Kind().Title)
	}
	builder, err := set.Engine(app, report).Builder(ctx, app.App)
	if err != nil {
		return err
	}
	var file cifile.File
	var next, here []string
	var root string
	if o.CI == cloudBuild {
		file, next, root, here, err = cloudBuildFile(s, d, o, app, set, builder)
	} else {
		var at clients.Checkout
		if at, err = set.Checkout(ctx, o.App, o.CI, builder); err == nil {
			if o.Branch != "" {
				at.Values.Branch = o.Branch
			}
			if err = o.previews(s, d, app, set, &at.Values); err != nil {
				return err
			}
			root, here, next = at.Root, at.Here, cifile.Next(at.Values)
			file, err = cifile.Render(at.Values)
		}
	}
	if err != nil {
		return err
	}
	for _, name := range here {
		report.Warn(name + " is set on this machine, and not there: write it in gcpdeploy.yaml, or give it as a flag")
	}
	report.Close()
	path := filepath.Join(root, filepath.FromSlash(file.Path))
	if !o.DryRun {
		if err := writeNew(path, file.Text, o.Force); err != nil {
			return err
		}
	}
	if o.JSON {
		return ui.WriteJSON(s.Out, initResult{File: path, Written: !o.DryRun, Text: file.Text, Next: next})
	}
	if o.DryRun {
		fmt.Fprint(s.Out, file.Text)
	} else {
		fmt.Fprintln(s.Out, path)
	}
	fmt.Fprintln(s.Err, "What is left to do, where it was not done yet:")
	for _, line := range next {
		fmt.Fprintln(s.Err, line)
	}
	return nil
}

// previews has a file show pull requests.
func (o InitOptions) previews(s ui.Streams, d Deps, app *engine.App, set *clients.Set, v *cifile.Values) error {
	if !o.Preview {
		return nil
	}
	flags, _, err := o.App.InCheckout(app.Config)
	if err != nil {
		return err
	}
	args, err := stepArgs(s, d, []string{"preview", "delete"}, flags, false)
	if err != nil {
		return err
	}
	v.Previews, v.Gone = true, args[2:]
	if app.Config.Preview.As != config.AsService {
		v.RunsAs = cmp.Or(set.Kind().Needs.RunsAs(app.Release), v.Number+"-compute@developer.gserviceaccount.com")
	}
	return nil
}

// cloudBuildFile is the build of a trigger.
func cloudBuildFile(s ui.Streams, d Deps, o InitOptions, app *engine.App, set *clients.Set, builder string) (file cifile.File, next []string, root string, here []string, err error) {
	flags, here, err := o.App.InCheckout(app.Config)
	if err != nil {
		return file, nil, "", nil, err
	}
	args, err := stepArgs(s, d, nil, flags, false)
	if err != nil {
		return file, nil, "", nil, err
	}
	text, err := set.OneStepConfig(builder, args, false)
	if err != nil {
		return file, nil, "", nil, err
	}
	root, err = o.App.Top()
	if o.App.Local {
		flags = append([]string{"--local"}, flags...)
	}
	next = []string{
		"# a trigger with this file, once it is pushed: run at the top of the repository",
		triggerCreateLine("--build-config=cloudbuild.yaml", flags),
		"# and one for pull requests, which releases nothing and needs no file",
		triggerCreateLine("--pull-request", flags),
	}
	return cifile.File{Path: "cloudbuild.yaml", Text: triggerHead + string(text)}, next, root, here, err
}

// triggerCreateLine is the command that makes a trigger, as a shell reads it.
func triggerCreateLine(which string, flags []string) string {
	words := []string{"gcpdeploy trigger create", which}
	for _, f := range flags {
		words = append(words, cifile.Word(f))
	}
	return strings.Join(words, " ")
}

// writeNew writes a file that is not there, or over one that may go.
func writeNew(path, text string, force bool) error {
	if _, err := os.Lstat(path); err == nil && !force {
		return errs.New(errs.Usage, "Look at what would be written with --dry-run, or write over it with --force.", "%s is there already", path)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errs.New(errs.Usage, "", "%w", err)
	}
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = atomicfile.Write(path, []byte(text), 0o644)
	}
	if err != nil {
		return errs.New(errs.Usage, "Print it with --dry-run.", "%w", err)
	}
	return nil
}
