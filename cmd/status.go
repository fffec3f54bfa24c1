package cmd

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/logging"
	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/gcp/storage"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
	"github.com/urfave/cli/v2"
)

// service is what the commands about a deployed service need: its name and
// place, without reading the app's source.
type service struct {
	config *config.Config
	access *gcp.Access
}

func openService(ctx context.Context, d Deps, o AppOptions) (*service, error) {
	c, err := config.Load(o.input(d))
	if err != nil {
		return nil, err
	}
	where, err := place(ctx, d, o, c)
	if err != nil {
		return nil, err
	}
	return &service{c, gcp.New(where)}, nil
}

func (s *service) Close() error { return s.access.Close() }

func (s *service) release() plan.Release {
	return plan.Release{Project: s.config.Project, Region: s.config.Region, Service: s.config.Service}
}

func (s *service) notDeployed() error {
	return errs.New(errs.NotFound, "Run `gcpdeploy up`.", "there is no service %s in %s, %s", s.config.Service, s.config.Project, s.config.Region)
}

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
	Service  string       `json:"service"`
	Project  string       `json:"project"`
	Region   string       `json:"region"`
	URL      string       `json:"url"`
	Revision string       `json:"revision"`
	Image    string       `json:"image"`
	Ready    bool         `json:"ready"`
	Message  string       `json:"message,omitempty"`
	Traffic  []run.Share  `json:"traffic"`
	Build    *buildReport `json:"build,omitempty"`
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
	state, ok, err := run.Services{Client: run.New(sv.access)}.State(ctx, sv.release())
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
	b := builds(sv.access, storage.New(sv.access), c, ui.NewHuman(s, false, d.Now))
	if last, ok, err := b.Newest(ctx, "service-"+c.Service); err != nil {
		return err
	} else if ok {
		r.Build = &buildReport{last.Build, string(last.Status), last.LogURL}
	}
	if asJSON {
		return ui.WriteJSON(s.Out, r)
	}
	fmt.Fprintf(s.Out, "%s  %s, %s\n  url       %s\n  revision  %s\n  image     %s\n", r.Service, r.Project, r.Region, r.URL, r.Revision, r.Image)
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

func logsCommand(s ui.Streams, d Deps) *cli.Command {
	return &cli.Command{
		Name:  "logs",
		Usage: "print the service's log, or a build's",
		Flags: appFlags(
			&cli.BoolFlag{Name: "build", Usage: "the log of the service's newest build; follows one that runs"},
			&cli.IntFlag{Name: "limit", Value: 200, Usage: "at most so many of the newest lines of the service"},
		),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			if c.Bool("build") {
				return BuildLogs(c.Context, s, d, appOptions(c), c.Bool("json"))
			}
			return ServiceLogs(c.Context, s, d, appOptions(c), c.Int("limit"), c.Bool("json"))
		},
	}
}

// logLine is a line of `logs --json`.
type logLine struct {
	Time     string `json:"time,omitempty"`
	Revision string `json:"revision,omitempty"`
	Text     string `json:"text"`
}

// BuildLogs prints the log of the newest build of the service.
func BuildLogs(ctx context.Context, s ui.Streams, d Deps, o AppOptions, asJSON bool) error {
	sv, err := openService(ctx, d, o)
	if err != nil {
		return err
	}
	defer sv.Close()
	b := builds(sv.access, storage.New(sv.access), sv.config, ui.NewHuman(s, false, d.Now))
	last, ok, err := b.Newest(ctx, "service-"+sv.config.Service)
	if err != nil {
		return err
	}
	if !ok {
		return errs.New(errs.NotFound, "Run `gcpdeploy up`.", "there is no build of %s", sv.config.Service)
	}
	if !asJSON {
		_, err = b.Watch(ctx, last, s.Out)
		return err
	}
	var text strings.Builder
	if _, err := b.Watch(ctx, last, &text); err != nil {
		return err
	}
	for lines := bufio.NewScanner(strings.NewReader(text.String())); lines.Scan(); {
		if err := ui.WriteJSON(s.Out, logLine{Text: lines.Text()}); err != nil {
			return err
		}
	}
	return nil
}

func downCommand(s ui.Streams, d Deps) *cli.Command {
	return &cli.Command{
		Name:  "down",
		Usage: "delete the service; images and wheels stay",
		Flags: appFlags(),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return Down(c.Context, s, d, appOptions(c), c.Bool("json"))
		},
	}
}

// Down deletes the service.
func Down(ctx context.Context, s ui.Streams, d Deps, o AppOptions, asJSON bool) error {
	sv, err := openService(ctx, d, o)
	if err != nil {
		return err
	}
	defer sv.Close()
	c := sv.config
	ok, err := run.New(sv.access).Delete(ctx, c.Project, c.Region, c.Service)
	if err != nil {
		return err
	}
	if asJSON {
		return ui.WriteJSON(s.Out, map[string]any{"service": c.Service, "deleted": ok})
	}
	if !ok {
		fmt.Fprintf(s.Err, "nothing to do: there is no service %s\n", c.Service)
		return nil
	}
	fmt.Fprintf(s.Err, "deleted the service %s; its images stay\n", c.Service)
	return nil
}

// ServiceLogs prints the newest lines of the service's log.
func ServiceLogs(ctx context.Context, s ui.Streams, d Deps, o AppOptions, limit int, asJSON bool) error {
	if limit < 1 {
		return errs.New(errs.Usage, "Give a number of 1 or more.", "--limit is %d", limit)
	}
	sv, err := openService(ctx, d, o)
	if err != nil {
		return err
	}
	defer sv.Close()
	c := sv.config
	lines, err := logging.New(sv.access).Service(ctx, c.Project, c.Region, c.Service, limit)
	if err != nil {
		return err
	}
	for _, l := range lines {
		at := l.Time.UTC().Format(time.RFC3339)
		if asJSON {
			if err := ui.WriteJSON(s.Out, logLine{at, l.Revision, l.Text}); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(s.Out, "%s %s %s\n", at, l.Revision, l.Text)
	}
	return nil
}
