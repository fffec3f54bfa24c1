package plugin

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/suggest"
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
	"update":   {[]string{"up"}, ofUp}, // as of appcfg.py
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
