package cmd

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// setupReport is `setup --json`.
type setupReport struct {
	Project string      `json:"project"`
	Region  string      `json:"region"`
	DryRun  bool        `json:"dry_run"`
	Undo    bool        `json:"undo,omitempty"`
	Steps   []setupStep `json:"steps"`          // of what was there, too
	Stay    []string    `json:"stay,omitempty"` // what undo leaves, beside APIs, and why
	lack    int
	again   []string // words that lead to the same target
}

type setupStep struct {
	Kind     string   `json:"kind"`
	Name     string   `json:"name"`
	State    string   `json:"state"` // as it was found: missing, differs, present
	Detail   string   `json:"detail,omitempty"`
	Commands []string `json:"commands,omitempty"` // that do what lacks
}

func reportSetup(p clients.Setup, steps []clients.SetupStep, dryRun bool) setupReport {
	r := setupReport{Project: p.Spec.Project, Region: p.Spec.Region, DryRun: dryRun, Steps: []setupStep{}, again: p.Again()}
	for _, step := range steps {
		row := setupStep{Kind: step.Kind(), Name: step.Name(), State: string(step.Found), Detail: step.Detail}
		if step.Lacks() {
			r.lack++
			row.Commands = step.Commands(step.State)
		}
		r.Steps = append(r.Steps, row)
	}
	return r
}

// marks stand before what is there, and what would be made or mended.
var setupMarks = map[string]string{"present": "=", "missing": "+", "differs": "~"}

// list is what would be done.
func (r setupReport) list(w io.Writer) {
	fmt.Fprintf(w, "%s, %s\n", r.Project, r.Region)
	for _, step := range r.Steps {
		mark := setupMarks[step.State]
		if r.Undo {
			mark = "-"
		}
		line := "  " + mark + " " + step.Name
		if step.Detail != "" {
			line += ": " + step.Detail
		}
		fmt.Fprintln(w, line)
	}
}

// print is the end: what was found, and whether something is still to be done.
func (r setupReport) print(s ui.Streams, o SetupOptions) error {
	switch {
	case o.JSON:
		return ui.WriteJSON(s.Out, r)
	case r.lack == 0:
		fmt.Fprintf(s.Out, "nothing to do: %s has what deploys to %s need\n", r.Project, r.Region)
	case r.DryRun:
		r.list(s.Out)
		fmt.Fprintln(s.Out, "\nThis was a dry run: without --dry-run, setup makes it.")
	default:
		fmt.Fprintf(s.Out, "%s is ready for deploys to %s: run `%s`\n", r.Project, r.Region, strings.Join(slices.Concat([]string{"gcpdeploy", "up"}, r.again, o.App.Same()), " "))
	}
	return nil
}
