package worker

import (
	"slices"
	"strings"
)

// makes is how many words of a docker command's arguments say that it makes a
// container: those of `run` and `create`; 0 = it does not.
func makes(args []string) int {
	at := 1
	if len(args) > 1 && args[0] == "container" {
		at = 2
	}
	if len(args) < at || args[at-1] != "run" && args[at-1] != "create" {
		return 0
	}
	return at
}

// joins says whether the options of a `docker run` name a network.
func joins(args []string, network string) bool {
	for i, a := range args {
		flag, value, given := strings.Cut(a, "=")
		if flag != "--network" && flag != "--net" {
			continue
		}
		if !given && i+1 < len(args) {
			value = args[i+1]
		}
		if value == network {
			return true
		}
	}
	return false
}

// onNetwork gives a container that joins the network of steps what steps on it
// have.
func (o *Options) onNetwork(args []string) []string {
	at := makes(args)
	if at == 0 || o.Network == "" || !joins(args[at:], o.Network) {
		return args
	}
	out := slices.Clone(args[:at])
	for _, h := range o.NetworkHosts {
		out = append(out, "--add-host", h)
	}
	for _, e := range o.NetworkEnv {
		out = append(out, "--env", e)
	}
	return append(out, args[at:]...)
}

// withLabels adds labels to the containers that a `docker run` or `docker
// create` makes, so that they can be found when the build is over.
func withLabels(args []string, labels map[string]string) []string {
	at := makes(args)
	if at == 0 || len(labels) == 0 {
		return args
	}
	out := slices.Clone(args[:at])
	for _, k := range sortedKeys(labels) {
		out = append(out, "--label", k+"="+labels[k])
	}
	return append(out, args[at:]...)
}
