package cmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

func statusCommand(s ui.Streams, d Deps) *cli.Command {
	return &cli.Command{
		Name:  "status",
		Usage: "show the service: what serves, and the build that made it",
		Flags: appFlags(),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return Status(c.Context, s, d, appOptions(c), c.Bool("json"))
		},
	}
}

// statusReport is `status --json`.
type statusReport struct {
	Service  string          `json:"service"`
	Project  string          `json:"project"`
	Region   string          `json:"region"`
	URL      string          `json:"url"`
	Revision string          `json:"revision"`
	Image    string          `json:"image"`
	Ready    bool            `json:"ready"`
	Message  string          `json:"message,omitempty"`
	Traffic  []release.Share `json:"traffic"`
	Build    *buildReport    `json:"build,omitempty"`
}

type buildReport struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	LogURL string `json:"log_url"`
}

// Status shows the service as it is now, and its newest build.
func Status(ctx context.Context, s ui.Streams, d Deps, o AppOptions, asJSON bool) error {
	sv, err := openService(ctx, d, o)
	if err != nil {
		return err
	}
	defer sv.Close()
	c := sv.config
	state, ok, err := sv.target.State(ctx, sv.release())
	if err != nil {
		return err
	}
	if !ok {
		return sv.notDeployed()
	}
	r := statusReport{
		Service: c.Service, Project: c.Project, Region: c.Region, URL: state.URL, Revision: state.Revision,
		Image: state.Image, Ready: state.Ready, Message: state.Message, Traffic: state.Traffic,
	}
	report := ui.NewHuman(s, false, d.Now)
	defer report.Close()
	b := sv.builds(report)
	if last, ok, err := sv.newest(ctx, b); err != nil {
		return err
	} else if ok {
		r.Build = &buildReport{last.Build, string(last.Status), last.LogURL}
	}
	if asJSON {
		return ui.WriteJSON(s.Out, r)
	}
	fmt.Fprintf(s.Out, "%s  %s, %s\n  url       %s\n  %-8s  %s\n  image     %s\n", r.Service, r.Project, r.Region, r.URL, sv.kind.Unit, r.Revision, r.Image)
	for _, t := range r.Traffic {
		fmt.Fprintf(s.Out, "  traffic   %d %% %s\n", t.Percent, strings.TrimSpace(t.Revision+" "+t.Tag))
	}
	if !r.Ready {
		fmt.Fprintf(s.Out, "  not ready %s\n", r.Message)
	}
	if r.Build != nil {
		fmt.Fprintf(s.Out, "  build     %s %s\n", r.Build.ID, r.Build.Status)
	}
	return nil
}
