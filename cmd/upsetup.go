package cmd

import (
	"context"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// patience is how long somebody waits to be told why a deploy did not begin.
const patience = 20 * time.Second

// offerSetup says what a project lacks that a deploy failed in, and makes it where
// somebody agrees. Where nothing lacks, or that cannot be seen, it gives the cause.
func offerSetup(ctx context.Context, s ui.Streams, d Deps, set *clients.Set, o UpOptions, cause error) error {
	prepared, err := set.Setup(o.App, clients.SetupOptions{})
	if err != nil {
		return err
	}
	// Where it takes long to see what lacks, the cause is told without it.
	look, cancel := context.WithTimeout(ctx, patience)
	steps := prepared.Observe(look)
	cancel()
	lack := clients.SetupLacking(steps)
	if err := clients.SetupStuck(steps); err != nil {
		return err
	}
	if clients.SetupErr(steps) != nil || len(lack) == 0 {
		return cause
	}
	var names []string
	for _, step := range lack {
		names = append(names, step.Name())
	}
	project, region := prepared.Spec.Project, prepared.Spec.Region
	if !s.Answers || o.JSON {
		return errs.New(errs.Auth, "Run `"+strings.Join(append([]string{"gcpdeploy", "setup", "--project", project, "--region", region}, prepared.Again()...), " ")+"`.",
			"%s is not set up for deploys to %s: it lacks %s", project, region, strings.Join(names, ", "))
	}
	report := reportSetup(prepared, lack, false)
	report.list(s.Err)
	if !s.Ask(project + " is not set up for deploys to " + region + ". Make what lacks, and go on?") {
		return errs.New(errs.Interrupted, "", "nothing was changed")
	}
	return applySetup(ctx, s, d, prepared, lack, o.Output)
}
