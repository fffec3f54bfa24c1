package cmd

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// printCommands prints what lacks as commands for a shell. What cannot be seen is
// taken for missing: who runs them may be somebody else.
func printCommands(ctx context.Context, s ui.Streams, p clients.Setup, o SetupOptions) error {
	steps := p.Observe(ctx)
	if err := clients.SetupUndecided(clients.SetupLacking(steps)); err != nil {
		return err
	}
	if o.JSON {
		return ui.WriteJSON(s.Out, reportSetup(p, steps, true))
	}
	fmt.Fprintf(s.Out, "# What %s needs for deploys to %s, for bash.\nset -eu\n", p.Spec.Project, p.Spec.Region)
	for _, step := range steps {
		if !step.Lacks() {
			continue
		}
		fmt.Fprintf(s.Out, "\n# %s\n", step.Name())
		if step.Err != nil {
			fmt.Fprintf(s.Out, "# whether it is there could not be seen\n")
		}
		if step.Fix != "" {
			fmt.Fprintf(s.Out, "# it %s. %s\n", step.Detail, step.Fix)
		}
		for _, line := range step.Commands(step.State) {
			fmt.Fprintln(s.Out, line)
		}
	}
	return nil
}

// writeTerraform writes the module. It asks nobody: the module says all that is
// needed, whatever is there.
func writeTerraform(s ui.Streams, p clients.Setup, o SetupOptions) error {
	if err := p.Undecided(); err != nil {
		return err
	}
	file := filepath.Join(o.Terraform, "main.tf")
	if _, err := os.Lstat(file); err == nil && !o.Yes {
		return errs.New(errs.Usage, "Name another folder, or overwrite it with --yes.", "%s is there already", file)
	}
	err := os.MkdirAll(o.Terraform, 0o777)
	if err == nil {
		err = os.WriteFile(file, []byte(p.Terraform()), 0o666)
	}
	if err != nil {
		return errs.New(errs.Usage, "Name a folder that can be written.", "writing the module: %w", err)
	}
	if o.JSON {
		return ui.WriteJSON(s.Out, map[string]string{"file": file})
	}
	fmt.Fprintln(s.Out, file)
	fmt.Fprintln(s.Err, "after `terraform apply`, `gcpdeploy setup` adds the settings and the builder image")
	return nil
}

// undoSetup removes what setup made.
func undoSetup(ctx context.Context, s ui.Streams, d Deps, p clients.Setup, o SetupOptions) error {
	steps := p.Observe(ctx)
	if err := clients.SetupErr(steps); err != nil {
		return err
	}
	undo, err := p.Undo(ctx, steps)
	if err != nil {
		return err
	}
	report := reportSetup(p, undo, o.DryRun || !o.Yes)
	report.Undo, report.Stay = true, clients.SetupStay(steps)
	if o.Yes && !o.DryRun {
		view := warner(s, d)
		for _, step := range undo {
			began := d.Now()
			view.Start(step.Kind())
			if err := step.Remove(ctx); err != nil {
				view.Close()
				return err
			}
			view.Done(ui.Stage{Name: step.Kind(), Detail: step.Name(), Took: d.Now().Sub(began)})
		}
		view.Close()
	}
	if o.JSON {
		return ui.WriteJSON(s.Out, report)
	}
	return report.printUndo(s.Out)
}

func (r setupReport) printUndo(w io.Writer) error {
	var err error
	switch {
	case len(r.Steps) == 0:
		_, err = fmt.Fprintf(w, "nothing in %s, %s was made by setup\n", r.Project, r.Region)
	case r.DryRun:
		r.list(w)
		_, err = fmt.Fprintln(w, "\nThis was a dry run: --undo --yes removes it, with all that is in it. APIs stay enabled.")
	default:
		_, err = fmt.Fprintf(w, "removed what setup made in %s, %s; APIs stay enabled\n", r.Project, r.Region)
	}
	for _, text := range r.Stay {
		fmt.Fprintln(w, text)
	}
	return err
}
