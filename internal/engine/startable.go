package engine

import (
	"maps"
	"os"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/detect"
	"github.com/gcpdeploy/gcpdeploy/internal/source"
)

// startable refuses a start command that is sure to fail, before anything is
// built for it.
func (a *App) startable() error {
	c := a.Config
	notes, err := detect.Startable(os.DirFS(c.Dir), c.Entrypoint, c.Origin["entrypoint"], detect.Container{
		Port: a.Release.Port, Variables: slices.Concat(slices.Collect(maps.Keys(a.Release.Env)), slices.Collect(maps.Keys(a.Release.Secrets))),
		Has: a.Closure.Has, Packages: c.SystemPackages.Runtime,
		Sent: func(file string) bool {
			return slices.ContainsFunc(a.Tree.Files, func(f source.File) bool { return f.Path == file })
		},
		Other: c.Templates != "" || c.Origin["base_image"] != "default",
	})
	a.Notes = append(a.Notes, notes...)
	return err
}
