package run

import (
	"strconv"
	"strings"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// noteStep writes at the service whose step a division of the traffic is, and how far it
// goes; a division that is none takes that away.
func noteStep(s *runpb.Service, to release.Split) {
	step := ""
	for _, share := range to.Shares {
		if share.Revision == to.Step && to.Step != "" {
			step = to.Step + "=" + strconv.Itoa(share.Percent)
		}
	}
	annotate(&s.Annotations, canaryKey, step)
}

// canaryOf is the revision that gets the traffic by steps; "" = none does, or somebody has
// divided it since who writes no notes of ours.
func canaryOf(s *runpb.Service) string {
	revision, percent, _ := strings.Cut(s.GetAnnotations()[canaryKey], "=")
	for _, share := range divided(s) {
		if fixed(s) && share.Revision == revision && strconv.Itoa(share.Percent) == percent {
			return revision
		}
	}
	return ""
}
