package clients

import (
	"github.com/gcpdeploy/gcpdeploy/gcp/setup"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/local"
)

// App says which app, with which settings, and whether it goes to the emulators.
// The zero value is the one in the working directory.
type App struct {
	Source string              // the app's folder; "" = the working directory
	Config string              // "" = gcpdeploy.yaml in it
	Env    string              // a name of `environments:`
	Local  bool                // the emulators instead of Google
	Flags  map[string][]string // settings given as flags, for config

	WritesBuildLock bool // see config.Input
}

// Same gives the words of a command line that lead to the same app, as a shell
// reads them.
func (a App) Same() (words []string) {
	for _, f := range []struct{ flag, value, none string }{{"--source", a.Source, "."}, {"--config", a.Config, ""}, {"--env", a.Env, ""}} {
		if f.value != f.none && f.value != "" {
			words = append(words, f.flag, setup.Line(f.value))
		}
	}
	if a.Local {
		words = append(words, "--local")
	}
	return words
}

// Input is what the configuration is read from.
func (a App) Input(d Deps) config.Input {
	in := config.Input{Dir: a.Source, Targets: Settings(), File: a.Config, Env: a.Env, Flags: a.Flags, Lookup: d.Lookup, Names: d.Names, Home: d.Home, WritesBuildLock: a.WritesBuildLock}
	in.Defaults.Project = d.Key.Project()
	if a.Local {
		in.Defaults = config.Defaults{Project: local.Project, Region: local.Region, IgnoreGcloud: true}
	}
	return in
}

// Placed says whether a configuration of the app tells where it goes, so that
// there is somebody to ask.
func (a App) Placed(c *config.Config) bool { return a.Local || c.NeedsProject() == nil }
