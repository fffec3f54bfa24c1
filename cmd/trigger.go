package cmd

import (
	"encoding/json"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

func triggerCommand(s ui.Streams, d Deps) *cli.Command {
	return &cli.Command{
		Name:  "trigger",
		Usage: "deploy on a push, or test pull requests, by triggers of Cloud Build",
		Subcommands: []*cli.Command{
			triggerCreateCommand(s, d, TriggerCreate),
			triggerListCommand(s, d, TriggerList),
			triggerShowCommand(s, d, TriggerShow),
			triggerRunCommand(s, d, TriggerRun),
			triggerDeleteCommand(s, d, TriggerDelete),
		},
	}
}

// theTriggers are the flags that say which triggers.
var theTriggers = slices.Concat(theService, []string{"repository", "build-region"})

// triggerReport is a trigger in JSON.
type triggerReport struct {
	Name       string          `json:"name"`
	ID         string          `json:"id,omitempty"`
	Service    string          `json:"service,omitempty"`
	Event      string          `json:"event"`             // push, tag, pull-request, manual
	Pattern    string          `json:"pattern,omitempty"` // of the branch, tag or base branch
	Repository string          `json:"repository,omitempty"`
	Account    string          `json:"account,omitempty"`
	Files      []string        `json:"included_files,omitempty"`
	Ignored    []string        `json:"ignored_files,omitempty"`
	Preview    bool            `json:"preview,omitempty"` // it shows pull requests
	Approval   bool            `json:"approval,omitempty"`
	Disabled   bool            `json:"disabled,omitempty"`
	File       string          `json:"file,omitempty"`    // of the build; "" = it is the trigger's own
	Builder    string          `json:"builder,omitempty"` // image, by digest
	Outdated   bool            `json:"outdated,omitempty"`
	Last       *buildReport    `json:"last_build,omitempty"`
	Trigger    json.RawMessage `json:"trigger,omitempty"` // as Cloud Build has it
}

func reportTrigger(t clients.TriggerState) triggerReport {
	event, pattern := t.Event()
	r := triggerReport{
		Name: t.Name, ID: t.ID, Service: t.Service(), Event: string(event), Pattern: pattern, Repository: t.Of(), Account: t.Account(),
		Files: t.IncludedFiles, Ignored: t.IgnoredFiles, Preview: slices.Contains(t.Args(), "--preview"), Approval: t.Approval != nil && t.Approval.Required, Disabled: t.Disabled,
		File: t.Filename, Builder: t.Builder(), Outdated: t.Outdated,
	}
	if t.File != nil {
		r.File = t.File.Path
	}
	if t.Last != nil {
		r.Last = &buildReport{t.Last.Build, string(t.Last.Status), t.Last.LogURL}
	}
	return r
}
