package run

import (
	"context"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// Share is a part of a service's traffic.
type Share struct {
	Revision string `json:"revision"`
	Percent  int32  `json:"percent"`
	Tag      string `json:"tag,omitempty"`
}

// State is a service for people to look at.
type State struct {
	URL, Revision, Image string
	Ready                bool
	Message              string // why it is not ready
	Traffic              []Share
}

// State gives a service as it is; ok is false when there is none.
func (s Services) State(ctx context.Context, r plan.Release) (st State, ok bool, err error) {
	observed, ok, err := s.Client.Get(ctx, r.Project, r.Region, r.Service)
	if err != nil || !ok {
		return st, false, err
	}
	st = State{
		URL: observed.GetUri(), Revision: short(observed.GetLatestReadyRevision()), Image: image(observed),
		Ready: Ready(observed), Message: observed.GetTerminalCondition().GetMessage(), Traffic: []Share{},
	}
	for _, t := range observed.GetTrafficStatuses() {
		revision := short(t.GetRevision())
		if t.GetType() == runpb.TrafficTargetAllocationType_TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST {
			revision = st.Revision
		}
		st.Traffic = append(st.Traffic, Share{Revision: revision, Percent: t.GetPercent(), Tag: t.GetTag()})
	}
	return st, true, nil
}
