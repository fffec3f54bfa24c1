package engine

import (
	"os"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/detect"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// systemPackages finds the packages of the system that nobody configured: those
// of apt.txt and its like, else those that the Dockerfile installs.
func systemPackages(app *plan.App) error {
	c := app.Config
	if !c.Missing("system_packages.build") && !c.Missing("system_packages.runtime") {
		return nil
	}
	dir := os.DirFS(c.Dir)
	f, err := detect.SystemPackages(dir)
	if err != nil {
		return err
	}
	d := config.Detected{SystemPackages: f.Value}
	from := f.From
	if f.Value == nil {
		p := detect.DockerfilePackages(dir)
		d.BuildPackages, d.SystemPackages, from = p.Build, p.Runtime, p.From
		app.Notes = append(app.Notes, p.Notes...)
	}
	d.From = map[string]string{"system_packages.build": from, "system_packages.runtime": from}
	c.Adopt(d)
	return nil
}
