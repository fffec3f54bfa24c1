package plugin

import (
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

// own are the settings that say what to do, and are no keys of a configuration.
var own = []string{"action", "dir", "addl_flags", "addl_args", "no_release", "verbose", "json", "config", "env", "token", "gae_credentials", "credentials"}

// reason is why a setting is refused, and what to do.
type reason struct{ text, hint string }

// refused are settings of other plugins that promise what gcpdeploy does not do: a
// step that went on without would deploy something else than it says.
var refused = map[string]reason{
	"image":            noImage,
	"deployment_image": noImage,
	"flex_image":       noImage,
	"functions":        {"gcpdeploy deploys web apps, not functions", "Take it out, or go on with the plugin that it is of."},
	"version":          {"releases are not named by who deploys them", "Take it out; the run says which revision serves, and `gcpdeploy releases` of which commit each is."},
	"vars":             {"gcpdeploy fills in no files", "Give variables of the app as environment; `environments` in gcpdeploy.yaml say what differs from one to the other."},
	"ae_environment":   {"it was for appcfg.py, which is gone", "Give variables of the app as environment."},
	"queue_file":       {"gcpdeploy deploys no queues", "Take it out; `gcloud tasks` makes them."},
	"sub_commands":     {"gcpdeploy runs no gcloud", "Take it out; `gcpdeploy traffic`, `rollback`, `releases` and `down` are commands of their own."},
}

var noImage = reason{
	"gcpdeploy builds the image from the app's source, and releases what it tested",
	"Take it out, and the steps that built the image, too; base_image says what to build on. An image that is there already is for gcloud to deploy.",
}

// ignored are settings of other plugins without which the same is done.
var ignored = map[string]string{
	"variant":    "gcpdeploy runs no gcloud, of whichever variant",
	"gcloud_cmd": "gcpdeploy runs no gcloud",
	"appcfg_cmd": "gcpdeploy runs no appcfg.py",
	"beta":       "gcpdeploy runs no gcloud, of whichever variant",
	"runtime":    "there is one, and it is fully managed",
	"verbosity":  "gcpdeploy runs no gcloud; verbose shows the build's log",
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
