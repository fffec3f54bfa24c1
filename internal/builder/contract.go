package builder

import (
	"maps"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// contractEnv is what the target sets, over what the user sets.
func contractEnv(c release.Contract, user map[string]string) []string {
	all := maps.Clone(user)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, c.Env)
	return envLines(all)
}

// asks is what is asked of an app in the check before a release: what its settings say,
// and where they leave that open what the target will ask, so that nobody waits for
// machines to learn that it is not answered.
func asks(a plan.Answer, c release.Contract) plan.Answer {
	switch {
	case c.Ready.Path == "" || a.Protocol != config.HTTP || a.Status != 0:
	case a.Path == "" || a.Path == c.Ready.Path:
		a.Path, a.Status = c.Ready.Path, 200
	}
	return a
}

// envLines sorts variables into NAME=value.
func envLines(env map[string]string) []string {
	var lines []string
	for _, k := range slices.Sorted(maps.Keys(env)) {
		lines = append(lines, k+"="+env[k])
	}
	return lines
}
