package cmd

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// TriggerListOptions are the options of `trigger list`.
type TriggerListOptions struct {
	App clients.App
	Output
}

func triggerListCommand(s ui.Streams, d Deps, run Func[TriggerListOptions]) *cli.Command {
	return &cli.Command{
		Name:  "list",
		Usage: "list the triggers that were made here, each with its last build",
		Flags: append(shared(theTriggers), jsonFlag()),
		Action: action(s, d, run, func(c *cli.Context) (TriggerListOptions, error) {
			return TriggerListOptions{App: sharedApp(c), Output: outputOptions(c)}, nil
		}),
	}
}

// triggersReport is `trigger list --json`.
type triggersReport struct {
	Region   string          `json:"region"`
	Triggers []triggerReport `json:"triggers"`
	Others   int             `json:"others"` // that are not gcpdeploy's
}

// TriggerList prints the triggers of the region of builds.
func TriggerList(ctx context.Context, s ui.Streams, d Deps, o TriggerListOptions) error {
	set, err := clients.Open(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	all, others, err := set.ListTriggers(ctx)
	if err != nil {
		return err
	}
	out := triggersReport{set.Triggers().Region, []triggerReport{}, others}
	for _, t := range all {
		out.Triggers = append(out.Triggers, reportTrigger(t))
	}
	if o.JSON {
		return ui.WriteJSON(s.Out, out)
	}
	if len(all) == 0 {
		fmt.Fprintln(s.Err, "no triggers of gcpdeploy in "+out.Region+"; `gcpdeploy trigger create` makes one")
	} else if err := printTriggers(s.Out, out.Triggers); err != nil {
		return err
	}
	for _, t := range out.Triggers {
		if t.Outdated {
			fmt.Fprintf(s.Err, "%s %s\n", t.Name, clients.Older)
		}
	}
	if others > 0 {
		fmt.Fprintf(s.Err, "%s not made by gcpdeploy: `gcloud builds triggers list --region=%s --project=%s`\n", ui.Count(others, "trigger"), out.Region, set.Config.Project)
	}
	return nil
}

func printTriggers(w io.Writer, all []triggerReport) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "NAME\tEVENT\tREPOSITORY\tBRANCH OR TAG\tACCOUNT\tLAST BUILD")
	for _, r := range all {
		account, _, _ := strings.Cut(r.Account, "@")
		event := r.Event
		if r.Disabled {
			event += " (disabled)"
		}
		last := "-"
		if r.Last != nil {
			last = r.Last.ID + " " + r.Last.Status
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", r.Name, event, cmp.Or(r.Repository, "-"), cmp.Or(r.Pattern, "-"), cmp.Or(account, "-"), last)
	}
	return t.Flush()
}

// TriggerShowOptions are the options of `trigger show`.
type TriggerShowOptions struct {
	App clients.App
	Output
	Name string // "" = the service's only one
}

func triggerShowCommand(s ui.Streams, d Deps, run Func[TriggerShowOptions]) *cli.Command {
	return &cli.Command{
		Name:      "show",
		Usage:     "show a trigger; with --json all that Cloud Build has of it",
		ArgsUsage: "[NAME]",
		Flags:     append(shared(theTriggers), jsonFlag()),
		Action: action(s, d, run, func(c *cli.Context) (TriggerShowOptions, error) {
			args, err := arguments(c, 1)
			return TriggerShowOptions{App: appOptions(c), Output: outputOptions(c), Name: strings.Join(args, "")}, err
		}),
	}
}

// TriggerShow prints a trigger.
func TriggerShow(ctx context.Context, s ui.Streams, d Deps, o TriggerShowOptions) error {
	set, err := clients.Open(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	t, err := set.TriggerNamed(ctx, o.Name)
	if err != nil {
		return err
	}
	state, err := set.ShowTrigger(ctx, t)
	if err != nil {
		return err
	}
	r := reportTrigger(state)
	if o.JSON {
		r.Trigger = state.Raw
		return ui.WriteJSON(s.Out, r)
	}
	w := tabwriter.NewWriter(s.Out, 0, 8, 2, ' ', 0)
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%s\t%s\n", name, value)
		}
	}
	line("name", r.Name)
	line("id", r.ID)
	line("service", r.Service)
	line("event", strings.TrimSpace(r.Event+" "+r.Pattern))
	line("repository", r.Repository)
	line("account", r.Account)
	line("files", strings.Join(r.Files, ", "))
	line("ignored", strings.Join(r.Ignored, ", "))
	line("approval", map[bool]string{true: "somebody has to agree to each build"}[r.Approval])
	line("disabled", map[bool]string{true: "yes"}[r.Disabled])
	line("build", cmp.Or(r.File, r.Builder))
	if r.Last != nil {
		line("last build", strings.TrimSpace(r.Last.ID+" "+r.Last.Status+" "+r.Last.LogURL))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if r.Outdated {
		fmt.Fprintf(s.Err, "%s %s\n", r.Name, clients.Older)
	}
	return nil
}
