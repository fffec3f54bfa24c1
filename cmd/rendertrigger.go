package cmd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/git"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// triggerHead stands above the file of a trigger.
const triggerHead = `# One step, which runs gcpdeploy on the build's own worker. For a trigger's file, and for
# gcloud builds submit --config. The image is the program: after an upgrade write this file anew
# (gcpdeploy render cloudbuild --trigger).
`

// stepArgs are the arguments of a run in a build: a command, up where no other one
// is named, with the flags that make it mean the same app there, as far as it takes them.
func stepArgs(s ui.Streams, d Deps, words, app []string, noRelease bool) ([]string, error) {
	if len(words) == 0 || strings.HasPrefix(words[0], "-") {
		words = append([]string{"up"}, words...)
	}
	var command *cli.Command
	names, all := 0, New(s, d).Commands
	for names < len(words) && len(all) > 0 && !strings.HasPrefix(words[names], "-") {
		i := slices.IndexFunc(all, func(c *cli.Command) bool { return c.Name == words[names] && !c.Hidden })
		if i < 0 {
			return nil, unknownCommand(all, words[names], strings.Join(append([]string{"gcpdeploy"}, words[:names]...), " "))
		}
		command, all = all[i], all[i].Subcommands
		names++
	}
	takes := func(word string) bool {
		name, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
		return slices.ContainsFunc(command.Flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), name) })
	}
	args := slices.Clone(words[:names])
	for _, flag := range app {
		if takes(flag) {
			args = append(args, flag)
		}
	}
	if noRelease {
		if !takes("no-release") {
			return nil, errs.New(errs.Usage, "Leave it out.", "--no-release is of `gcpdeploy up`, and the step runs %q", strings.Join(words[:names], " "))
		}
		args = append(args, "--no-release")
	}
	for _, word := range words[names:] {
		if strings.HasPrefix(word, "-") && !takes(word) {
			return nil, errs.New(errs.Usage, "Run `"+strings.Join(append([]string{"gcpdeploy"}, words[:names]...), " ")+" --help`.", "the step's command has no flag %s", word)
		}
		args = append(args, word)
	}
	return args, nil
}

// renderTrigger prints a build whose one step runs this program.
func renderTrigger(ctx context.Context, s ui.Streams, d Deps, o RenderCloudBuildOptions) error {
	report := warner(s, d)
	defer report.Close()
	app, set, err := clients.OpenApp(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	flags, here, err := o.App.InCheckout(app.Config)
	if err != nil {
		return err
	}
	args, err := stepArgs(s, d, o.Args, flags, o.NoRelease)
	if err != nil {
		return err
	}
	builder, err := set.Engine(app, report).Builder(ctx, app.App)
	if err != nil {
		return err
	}
	text, err := set.OneStepConfig(builder, args, o.JSON)
	if err != nil {
		return err
	}
	for _, name := range here {
		report.Warn(name + " is set on this machine, and not in a build: write it in gcpdeploy.yaml, or give it as a flag")
	}
	if _, ok, _ := git.Find(o.App.Source); !ok { // else InCheckout has failed
		report.Warn(o.App.Source + " is in no git repository: the file is for one that has the app at its top")
	}
	report.Close()
	if !o.JSON {
		fmt.Fprint(s.Out, triggerHead)
	}
	_, err = s.Out.Write(text)
	return err
}
