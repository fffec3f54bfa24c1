package plugin

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/suggest"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// noTraffic are gcloud's names of the flag of `up` that is no setting.
var noTraffic = []string{"no-promote", "no-traffic"}

// idle are flags of gcloud's that ask for what is done anyway.
var idle = []string{"promote", "quiet"}

// flags reads those of gcloud's that settings name, which are ours by the same
// names: each is the setting of its keys, whichever target is chosen.
func (r *reader) flags() error {
	known := map[string]config.Flag{}
	for _, f := range config.Flags(r.Targets) {
		known[f.Name] = f
	}
	for _, setting := range []string{"addl_flags", "addl_args"} {
		given, err := r.given(setting)
		if err != nil {
			return err
		}
		for n, name := range slices.Sorted(maps.Keys(given)) {
			flag, ok := known[name]
			switch {
			case ok:
				if err := r.flag(setting, flag, given[name]); err != nil {
					return err
				}
			case slices.Contains(idle, name):
			case slices.Contains(noTraffic, name) && r.call.Args[0] == "up":
				if !slices.Contains(r.call.Args, noRelease) { // nothing of which gets traffic anyway
					r.call.Args = append(r.call.Args, "--no-traffic")
				}
			default:
				hint := cmp.Or(suggest.Hint(name, slices.Sorted(maps.Keys(known))),
					"`gcpdeploy up --help` shows the flags that there are; what gcpdeploy does not set stays as others set it.")
				return Refuse(setting, hint, "of its %s, in the order of the alphabet, number %d is none of gcpdeploy's", ui.Count(len(given), "flag"), n+1)
			}
		}
	}
	return nil
}

// given are the flags that a setting names, without their dashes: a mapping, or a list
// as gcloud's command line has them.
func (r *reader) given(setting string) (map[string]any, error) {
	text := strings.TrimSpace(r.value(setting))
	if text == "" {
		return nil, nil
	}
	all, given := map[string]any{}, map[string]any{}
	var list []string
	switch {
	case json.Unmarshal([]byte(text), &all) == nil:
	case json.Unmarshal([]byte(text), &list) == nil:
	case strings.HasPrefix(text, "-"): // as systems write a list of texts
		list = strings.Split(text, ",")
	default:
		return nil, Refuse(setting, `Write a mapping of flags without their dashes: {"min-instances": 1}.`, "must be a mapping")
	}
	for _, word := range list {
		name, value, valued := strings.Cut(strings.TrimSpace(word), "=")
		if all[name] = value; !valued {
			all[name] = nil
		}
	}
	for name, value := range all {
		given[strings.TrimLeft(name, "-")] = value
	}
	delete(given, "")
	return given, nil
}

// flag takes a flag with its value.
func (r *reader) flag(setting string, flag config.Flag, given any) error {
	value, ok := scalar(given)
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
	if r.call.Settings == nil {
		r.call.Settings = map[string]string{}
	}
	for _, key := range append([]string{flag.Key}, flag.Also...) { // the one of the chosen target is read
		at := variable(key)
		if _, twice := r.call.Settings[at]; twice || r.says(key) {
			return Refuse(setting, "Give one of them.", "--%s and another setting both say %s", flag.Name, key)
		}
		r.call.Settings[at] = value
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
