package appengine

import (
	"strconv"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// canaryLabel is the service's label that says which version gets the traffic by steps,
// and how much that is: "VERSION_PERCENT", for no version has an underscore in its name.
const canaryLabel = "gcpdeploy-canary"

// stepOf is the label's value for a division that is a step; "" = it is none, or the
// label cannot say it.
func stepOf(revision string, shares []release.Share) string {
	for _, share := range shares {
		if share.Revision == revision {
			if value := revision + "_" + strconv.Itoa(share.Percent); len(value) <= 63 {
				return value
			}
		}
	}
	return ""
}

// canary is the version that gets the traffic by steps; "" = none does, or somebody has
// divided it since who writes no labels of ours.
func (v service) canary() string {
	shares := v.shares()
	for _, share := range shares {
		if step := v.Labels[canaryLabel]; step != "" && len(shares) > 1 && step == stepOf(share.Revision, shares) {
			return share.Revision
		}
	}
	return ""
}
