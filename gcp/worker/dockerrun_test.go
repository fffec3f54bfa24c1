package worker

import (
	"strings"
	"testing"
)

// TestOnNetwork: what joins the network of steps gets what they have on it, and what
// the step says itself comes later, and so holds.
func TestOnNetwork(t *testing.T) {
	t.Parallel()
	o := &Options{Network: "cloudbuild", NetworkHosts: []string{"metadata:1.2.3.4"}, NetworkEnv: []string{"A=1"}}
	const added = "--add-host metadata:1.2.3.4 --env A=1"
	for args, want := range map[string]string{
		"run --network cloudbuild x":             "run " + added + " --network cloudbuild x",
		"run --network=cloudbuild -e A=2 x":      "run " + added + " --network=cloudbuild -e A=2 x",
		"container create --net cloudbuild x":    "container create " + added + " --net cloudbuild x",
		"run x":                                  "run x",
		"run --network host x":                   "run --network host x",
		"run --network":                          "run --network",
		"build --network cloudbuild .":           "build --network cloudbuild .",
		"network create cloudbuild":              "network create cloudbuild",
		"run --network-alias cloudbuild busybox": "run --network-alias cloudbuild busybox",
	} {
		if got := strings.Join(o.onNetwork(strings.Fields(args)), " "); got != want {
			t.Errorf("%s: %s", args, got)
		}
	}
	if got := (&Options{}).onNetwork([]string{"run", "--network", "", "x"}); len(got) != 4 {
		t.Errorf("without a network of steps: %q", got)
	}
}
