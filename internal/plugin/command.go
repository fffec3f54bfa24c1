package plugin

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/suggest"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// action is a command line, and which of the flags that settings turn on it takes.
type action struct {
	args  []string
	takes []string
}

var ofUp = []string{"verbose", "json"}

// actions are what a step may do, by the names that users know and our own.
var actions = map[string]action{
	"deploy":   {[]string{"up"}, ofUp},
	"up":       {[]string{"up"}, ofUp},
	"test":     {[]string{"up", noRelease}, ofUp},
	"plan":     {[]string{"plan"}, []string{"json"}},
	"prebuild": {[]string{"wheels", "prebuild"}, ofUp},
	"refresh":  {[]string{"wheels", "refresh"}, ofUp},
	"prune":    {[]string{"wheels", "prune", "--yes"}, []string{"json"}},
}

const noRelease = "--no-release"

// command is what is run for the action. A pull request releases nothing, unless
// that is said.
func (r *reader) command(from ci.Origin) error {
	name := r.value("action")
	if name == "" {
		name = "deploy"
	}
	does, ok := actions[name]
	switch {
	case name == "update-traffic":
		return Refuse("action", "Take it out: a deploy moves all traffic to what it released. Other shares are for `gcpdeploy traffic`, in a command of its own.", "the plugin divides no traffic")
	case !ok:
		names := slices.Sorted(maps.Keys(actions))
		return Refuse("action", cmp.Or(suggest.Hint(name, names), "Known are "+strings.Join(names, ", ")+"."), "is none that is known")
	}
	args := slices.Clone(does.args)
	keeps, said, err := r.truth("no_release")
	if err != nil {
		return err
	}
	if args[0] == "up" && !slices.Contains(args, noRelease) && (keeps || !said && from.Event == ci.PullRequest) {
		args = append(args, noRelease)
		if !said {
			r.warn("this is a pull request: all is built and tested, and nothing released; `no_release: false` would, of those that `build_trust_pull_requests` trusts")
		}
	}
	for _, flag := range ofUp {
		on, _, err := r.truth(flag)
		if err != nil {
			return err
		}
		if on && slices.Contains(does.takes, flag) {
			args = append(args, "--"+flag)
		}
	}
	r.call.Args = args
	return nil
}

// truth reads a boolean as systems send it.
func (r *reader) truth(setting string) (is, said bool, err error) {
	v := r.value(setting)
	if v == "" {
		return false, false, nil
	}
	if is, err = strconv.ParseBool(v); err != nil {
		return false, true, Refuse(setting, "", "must be true or false")
	}
	return is, true, nil
}

// flags reads those of gcloud's that settings name, which are ours by the same
// names: each is the setting of its key.
func (r *reader) flags() error {
	const setting = "addl_flags"
	text := strings.TrimSpace(r.value(setting))
	if text == "" {
		return nil
	}
	var given map[string]any
	if json.Unmarshal([]byte(text), &given) != nil {
		return Refuse(setting, `Write a mapping of flags without their dashes: {"min-instances": 1}.`, "must be a mapping")
	}
	known := map[string]config.Flag{}
	for _, f := range config.Flags(r.Targets) {
		known[f.Name] = f
	}
	r.call.Settings = map[string]string{}
	for n, name := range slices.Sorted(maps.Keys(given)) {
		flag, ok := known[name]
		if !ok {
			hint := cmp.Or(suggest.Hint(name, slices.Sorted(maps.Keys(known))),
				"`gcpdeploy up --help` shows the flags that there are; what gcpdeploy does not set stays as others set it.")
			return Refuse(setting, hint, "of its %s, in the order of the alphabet, number %d is none of gcpdeploy's", ui.Count(len(given), "flag"), n+1)
		}
		value, ok := scalar(given[name])
		if !ok {
			return Refuse(setting, "", "--%s must have one text, number or boolean", flag.Name)
		}
		if flag.Form == config.Bool {
			on, err := strconv.ParseBool(cmp.Or(value, "true")) // gcloud's have no value
			if err != nil {
				return Refuse(setting, "", "--%s must be true or false", flag.Name)
			}
			value = strconv.FormatBool(on != strings.HasPrefix(flag.Name, "no-"))
		}
		for _, key := range append([]string{flag.Key}, flag.Also...) { // the one of the chosen target is read
			at := variable(key)
			if _, twice := r.call.Settings[at]; twice || r.says(key) {
				return Refuse(setting, "Give one of them.", "--%s and another setting both say %s", flag.Name, key)
			}
			r.call.Settings[at] = value
		}
	}
	return nil
}

// scalar is a value as a variable would hold it.
func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	}
	return "", false
}
