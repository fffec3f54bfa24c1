package plugin

import (
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

// own are the settings that say what to do, and are no keys of a configuration.
var own = []string{"action", "dir", "addl_flags", "no_release", "verbose", "json", "config", "env", "token", "gae_credentials", "credentials"}

// reason is why a setting is refused, and what to do.
type reason struct{ text, hint string }

// refused are settings of other plugins that promise what gcpdeploy does not do: a
// step that went on without would deploy something else than it says.
var refused = map[string]reason{
	"image":            noImage,
	"deployment_image": noImage,
	"flex_image":       noImage,
	"functions":        {"gcpdeploy deploys web apps, not functions", "Take it out, or go on with the plugin that it is of."},
	"version":          {"revisions are not named by who deploys them", "Take it out; the run says which revision serves, and its labels say of which commit it is."},
	"vars":             {"gcpdeploy fills in no app.yaml", "Give variables of the app as environment, and secrets of Secret Manager as secrets."},
	"app_file":         {"gcpdeploy reads app.yaml in the app's folder alone", "Name that folder as dir, or say in gcpdeploy.yaml what the file says."},
	"max_versions":     {"gcpdeploy removes no revisions", "Take it out: revisions that do not serve cost nothing; action prune removes images that nothing uses."},
	"addl_args":        {"gcpdeploy runs no gcloud", "Give flags of `gcpdeploy up` as addl_flags, or settings of gcpdeploy.yaml by their names."},
}

var noImage = reason{
	"gcpdeploy builds the image from the app's source, and releases what it tested",
	"Take it out, and the steps that built the image, too; base_image says what to build on. An image that is there already is for gcloud to deploy.",
}

// ignored are settings of other plugins without which the same is done.
var ignored = map[string]string{
	"variant":   "gcpdeploy runs no gcloud, of whichever variant",
	"runtime":   "there is one, and it is fully managed",
	"verbosity": "gcpdeploy runs no gcloud; verbose shows the build's log",
}

// known are all settings that are read, in lower case.
func (r *reader) known() map[string]bool {
	names := map[string]bool{}
	for _, n := range own {
		names[n] = true
	}
	for _, key := range config.Keys(r.Targets) {
		for at := key; at != ""; at = at[:max(strings.LastIndexByte(at, '.'), 0)] {
			names[strings.ReplaceAll(at, ".", "_")] = true
		}
	}
	for _, a := range config.Aliases(r.Targets) {
		if !a.Each {
			names[a.Setting] = true
		}
	}
	return names
}

// each are the beginnings of settings that hold one entry of a mapping each.
func (r *reader) each() (all []string) {
	for _, a := range config.Aliases(r.Targets) {
		if a.Each {
			all = append(all, a.Setting)
		}
	}
	return all
}
