package builder

import (
	"maps"
	"slices"

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

// envLines sorts variables into NAME=value.
func envLines(env map[string]string) []string {
	var lines []string
	for _, k := range slices.Sorted(maps.Keys(env)) {
		lines = append(lines, k+"="+env[k])
	}
	return lines
}
