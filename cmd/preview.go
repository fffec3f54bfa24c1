package cmd

import (
	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// automatic is the name of a preview that is called after its pull request.
const automatic = "auto"

// setPreview has an app shown beside what serves, or as a service of its own.
func (o UpOptions) setPreview(app *engine.App, to release.Kind) error {
	if !to.Previews {
		return errs.New(errs.Usage, "Give --no-promote: what is released so has no traffic.", "--preview: %s knows no previews", to.Title)
	}
	name, err := previewName(o.Preview, app.Origin)
	if err != nil {
		return err
	}
	if err := to.Tag(app.Release.Service, name); err != nil {
		return errs.New(errs.Usage, "Try "+config.ServiceName(name)+", or a shorter one.", "--preview: %w", err)
	}
	app.Release.Preview = &release.Preview{Name: name, Seconds: int(app.Config.Preview.TTL.Seconds())}
	if app.Config.Preview.As != config.AsService {
		app.Release.NoTraffic, app.Release.Tag = true, name
		return nil
	}
	app.Release.Preview.Of = app.Release.Service
	app.Release.Service = release.PreviewService(app.Release.Service, name)
	app.Notes = append(app.Notes, "the preview is a service of its own, "+app.Release.Service)
	return nil
}

// shownAs is how a release that does not serve is named to other commands.
func shownAs(s release.Spec) []string {
	switch {
	case s.Preview.Own():
		return []string{"--service", s.Service}
	case s.Tag != "" && s.NoTraffic:
		return []string{"--tag", s.Tag}
	}
	return nil
}

// previewName is what a preview is called.
func previewName(given string, from *ci.Origin) (string, error) {
	switch {
	case given != automatic:
		return given, nil
	case from == nil || from.PullRequest == "":
		return "", errs.New(errs.Usage, "Give it a name: --preview my-change.", "a preview is called after its pull request with auto, and this run is of none")
	}
	return "pr-" + from.PullRequest, nil
}

func previewCommand(s ui.Streams, d Deps) *cli.Command {
	return &cli.Command{
		Name:  "preview",
		Usage: "what `up --preview` shows beside the service",
		Subcommands: []*cli.Command{
			previewListCommand(s, d, PreviewList), previewDeleteCommand(s, d, PreviewDelete),
		},
	}
}
