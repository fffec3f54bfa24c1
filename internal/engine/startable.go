package engine

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/detect"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/python/project"
	"github.com/gcpdeploy/gcpdeploy/internal/source"
)

// startable refuses a start command that is sure to fail, before anything is
// built for it.
func (a *App) startable() error {
	c := a.Config
	notes, err := detect.Startable(os.DirFS(c.Dir), c.Entrypoint, c.Origin["entrypoint"], detect.Container{
		Port: a.Release.Port, Variables: slices.Concat(slices.Collect(maps.Keys(a.Release.Env)), slices.Collect(maps.Keys(a.Release.Secrets))),
		Has: required(c, a.Closure), Packages: c.SystemPackages.Runtime,
		Home: path.Join(home, a.Folder),
		Sent: func(file string) bool {
			return slices.ContainsFunc(a.Tree.Files, func(f source.File) bool { return f.Path == path.Join(a.Folder, file) })
		},
		Other: c.Templates != "" || c.Origin["base_image"] != "default",
	})
	a.Notes = append(a.Notes, notes...)
	return err
}

// installed are the folders of the app's projects that the requirements name, of
// those in its own folder.
func installed(cl *closure.Closure) (folders []string) {
	for _, o := range cl.Own {
		if fs.ValidPath(o.Path) {
			folders = append(folders, o.Path)
		}
	}
	return folders
}

// required tells what the requirements contain, with what setup.py and setup.cfg
// name where they are installed: only their build backend hands that on.
func required(c *config.Config, cl *closure.Closure) func(string) bool {
	var names []string
	if slices.Contains(installed(cl), ".") {
		names = project.SetupNames(os.DirFS(c.Dir))
	}
	return func(name string) bool { return cl.Has(name) || slices.Contains(names, name) }
}
