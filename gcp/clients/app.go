package clients

import (
	"maps"
	"path/filepath"
	"regexp"

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
	Only   []string            // names of `services:`; none = all there are
	Shared bool                // what holds for all of them will do, where none is named
	Region string              // the one of `regions:` that it is about; "" = what Flags say

	EachRegion bool // it is about each of `regions:`, where none is chosen

	WritesBuildLock bool   // see config.Input
	BuilderSource   string // checkout of this program that setup has the builder image made of; "" = it is taken from where it can be
}

// Same gives the words of a command line that lead to the same app, as a shell
// reads them.
func (a App) Same() (words []string) {
	service := a.Only
	if given := a.Flags["service"]; len(given) > 0 {
		service = given[len(given)-1:]
	}
	if len(service) != 1 {
		service = []string{""}
	}
	for _, f := range []struct{ flag, value, none string }{{"--source", a.Source, "."}, {"--config", a.Config, ""}, {"--env", a.Env, ""}, {"--service", service[0], ""}} {
		if f.value != f.none && f.value != "" {
			words = append(words, f.flag, setup.Line(f.value))
		}
	}
	if a.Region != "" {
		words = append(words, "--region", a.Region)
	}
	if a.Local {
		words = append(words, "--local")
	}
	return words
}

// One is the app as one of its services, or in one of its regions.
func (a App) One(m config.Member) App {
	if m.Region != "" {
		a.Region = m.Region
	} else {
		a.Only = []string{m.Name}
	}
	return a
}

// Input is what the configuration is read from.
func (a App) Input(d Deps) config.Input {
	in := config.Input{Dir: a.Source, Targets: Settings(), File: a.Config, Env: a.Env, Flags: a.Flags, Lookup: d.Lookup, Names: d.Names, Home: d.Home, Only: a.Only, Shared: a.Shared, EachRegion: a.EachRegion, WritesBuildLock: a.WritesBuildLock}
	if a.Region != "" {
		in.Flags = maps.Clone(a.Flags)
		if in.Flags == nil {
			in.Flags = map[string][]string{}
		}
		in.Flags["region"] = []string{a.Region}
	}
	in.Defaults.Project = d.Key.Project()
	if a.Local {
		in.Defaults = config.Defaults{Project: local.Project, Region: local.Region, IgnoreGcloud: true, File: d.emulated}
	}
	return in
}

// Placed says whether a configuration of the app tells where it goes, so that
// there is somebody to ask.
func (a App) Placed(c *config.Config) bool { return a.Local || c.NeedsProject() == nil }

// isPlace is what a project or a region may be called, so that it can name a file.
var isPlace = regexp.MustCompile(`^[a-z][a-z0-9.:-]*$`)

// emulated is the file with what setup chose on the emulators for a project and
// region. It is theirs, not the app's: who deploys the app to Google has other names.
func (d Deps) emulated(project, region string) string {
	daemon, err := d.Emulators()
	if err != nil || !isPlace.MatchString(project) || !isPlace.MatchString(region) {
		return "" // what is wrong is told where it is used
	}
	return filepath.Join(daemon.Dir, "settings", project, region+".yaml")
}
